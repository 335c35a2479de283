import type { PlayerState } from '../../media/shared/types.ts';
import { codecName, formatBps } from '../shared/format.ts';

/** A row of the details: label and value. */
export type DetailRow = readonly [label: string, value: string];

/** The details of what is received. Empty without a player and a download rate, which is in bits per second. */
export function playbackRows(player: PlayerState | null, downloadBps?: number): DetailRow[] {
  const rows: DetailRow[] = [];
  if (player) {
    rows.push(
      ['Resolution', player.width ? `${player.width}×${player.height}` : '–'],
      ['Frame rate', player.hasVideo ? `${Math.round(player.framesPerSecond)} fps` : '–'],
      ['Codec', player.codec ? codecName(player.codec) : '–'],
      ['Buffer', `${Math.round(player.bufferMs)} ms`],
      ['Dropped frames', player.hasVideo ? String(player.framesDropped) : '–'],
      ['Picture vs. sound', player.skewMs === null ? '–' : skewText(player.skewMs)],
      ['Camera to screen', player.delayMs === null ? 'unknown' : `${player.delayMs} ms`],
    );
  }
  if (downloadBps !== undefined) rows.push(['Download', formatBps(downloadBps)]);
  return rows;
}

function skewText(skewMs: number): string {
  const rounded = Math.round(skewMs);
  if (rounded === 0) return 'in sync';
  return rounded > 0 ? `${rounded} ms ahead` : `${-rounded} ms behind`;
}
