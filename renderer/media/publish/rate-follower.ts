import type { Uplink } from '../../../common/bridge/uplink.ts';
import { WIRE_FACTOR } from './upload-split.ts';

/**
 * Smallest share of its full bitrate to which a rendition is reduced. Below this, the next smaller rendition
 * looks better.
 */
export const MIN_RATE_SHARE = 0.4;

/** A rendition whose bitrate may follow the connection to its reader. */
export interface FollowedRendition {
  /** Track name. */
  readonly name: string;
  /** Bitrate without a limit, in bits per second. */
  readonly fullBps: number;
}

/** Arguments for `followRates`. */
interface FollowInput {
  readonly uplink: Uplink | null;
  readonly renditions: readonly FollowedRendition[];
  readonly audioTrack: string;
  /** Bitrate of the audio, in bits per second. */
  readonly audioBps: number;
}

/**
 * Returns the bitrate of each rendition by name, in bits per second, so that it fits the connection of its only
 * reader: between `MIN_RATE_SHARE` and all of its full bitrate. A rendition with several readers keeps its full
 * bitrate, because one slow reader must not reduce the quality for the others. Renditions that have the same
 * single reader get the same share of their bitrates.
 */
export function followRates(input: FollowInput): ReadonlyMap<string, number> {
  const { uplink, renditions, audioTrack, audioBps } = input;
  const rates = new Map(renditions.map(({ name, fullBps }) => [name, fullBps]));
  if (!uplink) return rates;
  const readers = new Map(uplink.tracks.map(({ name, readers: count }) => [name, count]));
  for (const { tracks, limitBps } of uplink.soleReaders) {
    if (limitBps === null) continue;
    const read = renditions.filter(({ name }) => tracks.includes(name));
    const own = read.filter(({ name }) => readers.get(name) === 1);
    const shared = read.filter(({ name }) => readers.get(name) !== 1);
    const reservedBps = totalBps(shared) + (tracks.includes(audioTrack) ? audioBps : 0);
    const videoBps = limitBps / WIRE_FACTOR - reservedBps;
    const share = Math.min(1, Math.max(MIN_RATE_SHARE, videoBps / Math.max(1, totalBps(own))));
    for (const { name, fullBps } of own) rates.set(name, Math.floor(fullBps * share));
  }
  return rates;
}

/** Whether a rendition's bitrate can follow its reader, that is, whether it has at most one. */
export function canFollow(uplink: Uplink | null, name: string): boolean {
  return (uplink?.tracks.find((track) => track.name === name)?.readers ?? 0) <= 1;
}

function totalBps(renditions: readonly FollowedRendition[]): number {
  return renditions.reduce((sum, { fullBps }) => sum + fullBps, 0);
}
