import type { Downlink } from '../../common/bridge/bridge.ts';
import { goodputBps } from '../../common/moq/downlink.ts';
import { type ConnectionSnapshot, connectionDelta } from './connection-delta.ts';

/** Downlink measurements without the connection number, which `TrackedConnection` adds. */
export type DownlinkMeasurement = Omit<Downlink, 'connection'>;

/** The newest snapshot and the measurement computed from it. */
export interface DownlinkState {
  readonly last: ConnectionSnapshot | undefined;
  /** The newest measurement. Null before the second snapshot. */
  readonly value: DownlinkMeasurement | null;
}

/** The state before the first snapshot. */
export const NO_DOWNLINK: DownlinkState = { last: undefined, value: null };

/**
 * Returns the downlink state after the next snapshot, with the goodput since the previous snapshot. Returns
 * the same state if no time has passed or the clock went backwards.
 *
 * @param senderEstimateBps the peer's PROBE estimate; null if the peer sends none
 */
export function nextDownlink(
  { last, value }: DownlinkState,
  snapshot: ConnectionSnapshot,
  senderEstimateBps: number | null,
): DownlinkState {
  const delta = last && connectionDelta(last, snapshot);
  if (!delta) return { last: last && snapshot.atMs === last.atMs ? last : snapshot, value };
  return {
    last: snapshot,
    value: {
      atMs: Math.round(snapshot.atMs),
      senderEstimateBps,
      goodputBps: goodputBps(delta.receivedBytes, delta.elapsedMs),
    },
  };
}
