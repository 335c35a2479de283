import type { BroadcastState } from '../../../common/bridge/bridge.ts';
import type { EncodingStats } from '../../media/shared/types.ts';
import { trackWords } from '../player/quality.ts';
import { codecName, formatBps } from '../shared/format.ts';

/** How what is sent is put into words. Pure. */

export interface SentRow {
  /** The track's name. */
  name: string;
  /** `720p`, or `Sound`. */
  label: string;
  /** How many get it; null where that is not known. */
  readers: number | null;
  /** `30 fps, H.264, 2.4 Mbit/s`; empty for what is not encoded as pictures are, or not yet. */
  facts: string;
}

/** What is encoded and what is read, the largest picture first and the sound last. */
export function sentRows(
  encoding: readonly EncodingStats[],
  readers: BroadcastState['renditions'] | null,
): SentRow[] {
  const readersOf = (track: string): number | null =>
    readers && (readers.find(({ name }) => name === track)?.viewers ?? 0);
  const encoded = [...encoding].sort((a, b) => b.width * b.height - a.width * a.height);
  const others = (readers ?? []).filter(({ name }) => !encoding.some((stats) => stats.name === name));
  return [
    ...encoded.map((stats) => ({
      name: stats.name,
      label: sizeOf(stats),
      readers: readersOf(stats.name),
      facts: encodingWords(stats),
    })),
    ...[...others]
      .sort((a, b) => Number(isSound(a.name)) - Number(isSound(b.name)))
      .map(({ name, viewers }) => ({
        name,
        label: isSound(name) ? 'Sound' : trackWords(name, []),
        readers: viewers,
        facts: '',
      })),
  ];
}

/** `30 fps, H.264, 2.4 Mbit/s`. */
function encodingWords({ framesPerSecond, codec, bps }: EncodingStats): string {
  return `${Math.round(framesPerSecond)} fps, ${codecName(codec)}, ${formatBps(bps)}`;
}

/** `4.7 Mbit/s of 10.0 Mbit/s`. */
export function uploadWords(uploadBps: number, limitBps: number | null): string {
  return limitBps === null ? formatBps(uploadBps) : `${formatBps(uploadBps)} of ${formatBps(limitBps)}`;
}

function sizeOf(stats: EncodingStats): string {
  return trackWords(stats.name, [{ ...stats, bitrateBps: stats.bps }]);
}

function isSound(name: string): boolean {
  return name.startsWith('audio/');
}
