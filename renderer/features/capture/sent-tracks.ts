import type { BroadcastState } from '../../../common/bridge/bridge.ts';
import type { EncodingStats } from '../../media/shared/publisher-types.ts';
import { renditionLabel } from '../player/quality-words.ts';
import { codecName, formatBps } from '../shared/format.ts';

/** Text that describes a track being sent. */
export interface SentTrack {
  /** The track's name. */
  name: string;
  /** `720p`, or `Sound`. */
  label: string;
  /** The number of viewers; null if unknown. */
  viewers: number | null;
  /** `30 fps, H.264, 2.4 Mbit/s`; empty for audio, and for video that has not been encoded yet. */
  details: string;
}

/**
 * Lists the tracks that are being encoded or watched: videos from largest to smallest, then audio. `watched`
 * is the viewer count of each track; null if unknown.
 */
export function sentTracks(
  encoding: readonly EncodingStats[],
  watched: BroadcastState['renditions'] | null,
): SentTrack[] {
  const viewersOf = (track: string): number | null =>
    watched && (watched.find(({ name }) => name === track)?.viewers ?? 0);
  const encoded = [...encoding].sort((a, b) => b.width * b.height - a.width * a.height);
  const others = (watched ?? []).filter(({ name }) => !encoding.some((stats) => stats.name === name));
  return [
    ...encoded.map((stats) => ({
      name: stats.name,
      label: renditionLabel(stats.name, [{ ...stats, bitrateBps: stats.bps }]),
      viewers: viewersOf(stats.name),
      details: encodingText(stats),
    })),
    ...[...others]
      .sort((a, b) => Number(isAudio(a.name)) - Number(isAudio(b.name)))
      .map(({ name, viewers }) => ({
        name,
        label: isAudio(name) ? 'Sound' : renditionLabel(name, []),
        viewers,
        details: '',
      })),
  ];
}

/** `4.7 Mbit/s of 10.0 Mbit/s`, or `4.7 Mbit/s` without a limit. Both rates are in bits per second. */
export function uploadText(uploadBps: number, limitBps: number | null): string {
  return limitBps === null ? formatBps(uploadBps) : `${formatBps(uploadBps)} of ${formatBps(limitBps)}`;
}

function encodingText({ framesPerSecond, codec, bps }: EncodingStats): string {
  return `${Math.round(framesPerSecond)} fps, ${codecName(codec)}, ${formatBps(bps)}`;
}

function isAudio(name: string): boolean {
  return name.startsWith('audio/');
}
