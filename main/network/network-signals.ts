import type { NetworkSignals } from '../../common/bridge/bridge.ts';
import { type ConnectionSnapshot, connectionDelta, lossRate, selectedPathOf } from './connection-delta.ts';

/**
 * The smallest round-trip time that is used as a divisor, in ms. The transport reports whole milliseconds, so
 * it reports 0 on loopback.
 */
const MIN_RTT_MS = 1;

/** The newest snapshot and the signals computed from it. */
export interface SignalState {
  readonly last: ConnectionSnapshot | undefined;
  /** Null until a path is selected for the first time. */
  readonly value: NetworkSignals | null;
}

/** The state before the first snapshot. */
export const NO_SIGNALS: SignalState = { last: undefined, value: null };

/**
 * Returns the network signals after the next snapshot. After the first snapshot, the loss rate is 0. A
 * snapshot with the same time is ignored; a snapshot with an earlier time starts a new interval. While no
 * path is selected, the last values are kept.
 */
export function nextSignals(state: SignalState, snapshot: ConnectionSnapshot): SignalState {
  const { last, value } = state;
  if (last && snapshot.atMs === last.atMs) return state;
  const delta = last && connectionDelta(last, snapshot);
  if (last && !delta) return { last: snapshot, value };
  const path = selectedPathOf(snapshot);
  if (!path) return { last: snapshot, value };
  const before = value?.congestionEvents ?? 0;
  return {
    last: snapshot,
    value: {
      rttMs: path.rttMs,
      lossRate: delta ? lossRate(delta) : 0,
      availableBps: Math.round((path.cwndBytes * 8_000) / Math.max(path.rttMs, MIN_RTT_MS)),
      congestionEvents: before + (delta ? delta.congestionEvents : totalCongestionEvents(snapshot)),
    },
  };
}

function totalCongestionEvents(snapshot: ConnectionSnapshot): number {
  return snapshot.paths.reduce((sum, { congestionEvents }) => sum + congestionEvents, 0);
}
