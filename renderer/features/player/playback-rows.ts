import type { PlayerState } from '../../media/shared/player-types.ts';
import { codecName, formatBps } from '../shared/format.ts';

/** A row of the details panel: label and value. */
export type DetailRow = readonly [label: string, value: string];

/**
 * The rows of playback statistics. If `player` is null, the video and audio rows are omitted. If
 * `downloadBps` is missing, the download rate is omitted.
 */
export function playbackRows(player: PlayerState | null, downloadBps?: number): DetailRow[] {
  const rows: DetailRow[] = [];
  if (player) {
    rows.push(
      ['Resolution', player.width ? `${player.width}×${player.height}` : '–'],
      ['Frame rate', player.hasVideo ? `${Math.round(player.framesPerSecond)} fps` : '–'],
      ['Codec', player.codec ? codecName(player.codec) : '–'],
      ['Buffer', `${Math.round(player.bufferMs)} ms`],
      ['Dropped frames', player.hasVideo ? String(player.framesDropped) : '–'],
      ['Lip sync', player.skewMs === null ? '–' : skewText(player.skewMs)],
      ['Camera-to-screen delay', player.delayMs === null ? 'unknown' : `${player.delayMs} ms`],
    );
  }
  if (downloadBps !== undefined) rows.push(['Download', formatBps(downloadBps)]);
  return rows;
}

function skewText(skewMs: number): string {
  const rounded = Math.round(skewMs);
  if (rounded === 0) return 'in sync';
  return rounded > 0 ? `video ${rounded} ms early` : `video ${-rounded} ms late`;
}
