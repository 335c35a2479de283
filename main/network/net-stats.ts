import type { NetStats } from '../../common/bridge/bridge.ts';
import {
  type ConnectionDelta,
  type ConnectionSnapshot,
  connectionDelta,
  lossRate,
  selectedPathOf,
} from './connection-delta.ts';

/** Duration of the interval that one `NetStats` covers, in ms. */
const STATS_EVERY_MS = 1_000;

/** The newest snapshot, the sums for the current second, and the value for the last complete second. */
export interface NetStatsState {
  readonly last: ConnectionSnapshot | undefined;
  /** Sum of the intervals since the last complete second. */
  readonly sum: ConnectionDelta;
  /** Null until the first second is complete. */
  readonly value: NetStats | null;
}

const NOTHING: ConnectionDelta = {
  elapsedMs: 0,
  sentPackets: 0,
  lostPackets: 0,
  sentBytes: 0,
  receivedBytes: 0,
  congestionEvents: 0,
};

/** The state before the first snapshot. */
export const NO_STATS: NetStatsState = { last: undefined, sum: NOTHING, value: null };

/**
 * Returns the statistics after the next snapshot. The values change once a second and are the sum of that
 * second's intervals, so paths that open or close are included proportionally. An interval is ignored if the
 * clock stopped or went backwards.
 */
export function nextNetStats(state: NetStatsState, snapshot: ConnectionSnapshot): NetStatsState {
  const { last } = state;
  if (last && snapshot.atMs === last.atMs) return state;
  const delta = last && connectionDelta(last, snapshot);
  if (!delta) return { ...state, last: snapshot };
  const sum = add(state.sum, delta);
  if (sum.elapsedMs < STATS_EVERY_MS) return { ...state, last: snapshot, sum };
  const path = selectedPathOf(snapshot);
  return {
    last: snapshot,
    sum: NOTHING,
    value: {
      rttMs: path?.rttMs ?? state.value?.rttMs ?? 0,
      kind: path?.kind ?? null,
      address: path?.address ?? null,
      lossPercent: lossRate(sum) * 100,
      upMbps: mbps(sum.sentBytes, sum.elapsedMs),
      downMbps: mbps(sum.receivedBytes, sum.elapsedMs),
      paths: snapshot.paths.length,
    },
  };
}

function add(a: ConnectionDelta, b: ConnectionDelta): ConnectionDelta {
  return {
    elapsedMs: a.elapsedMs + b.elapsedMs,
    sentPackets: a.sentPackets + b.sentPackets,
    lostPackets: a.lostPackets + b.lostPackets,
    sentBytes: a.sentBytes + b.sentBytes,
    receivedBytes: a.receivedBytes + b.receivedBytes,
    congestionEvents: a.congestionEvents + b.congestionEvents,
  };
}

function mbps(bytes: number, elapsedMs: number): number {
  return (bytes * 8) / (elapsedMs * 1_000);
}
