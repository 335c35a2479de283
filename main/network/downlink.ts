import type { Downlink } from '../../common/bridge/bridge.ts';
import { type LinkSnapshot, linkDelta } from './path-deltas.ts';

/** What a connection says of itself; which one it is, is said by whoever counts them. */
export type DownlinkFigures = Omit<Downlink, 'connection'>;

export interface DownlinkState {
  readonly last: LinkSnapshot | undefined;
  /** Null before the second snapshot. */
  readonly value: DownlinkFigures | null;
}

export const NO_DOWNLINK: DownlinkState = { last: undefined, value: null };

/**
 * What is known of the way to here after one more snapshot: what arrived in between, and what the sender says it
 * could send (null where it does not say). Where the clock stood still or went back the value stays.
 */
export function nextDownlink(
  { last, value }: DownlinkState,
  snapshot: LinkSnapshot,
  senderEstimateBps: number | null,
): DownlinkState {
  const delta = last && linkDelta(last, snapshot);
  if (!delta) return { last: last && snapshot.atMs === last.atMs ? last : snapshot, value };
  return {
    last: snapshot,
    value: {
      atMs: Math.round(snapshot.atMs),
      senderEstimateBps,
      goodputBps: Math.round((Math.max(0, delta.receivedBytes) * 8_000) / delta.elapsedMs),
    },
  };
}
