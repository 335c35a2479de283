import type { NetStats } from '../../common/bridge/bridge.ts';
import { type LinkDelta, type LinkSnapshot, linkDelta, lossRate, selectedOf } from './path-deltas.ts';

/** What one NetStats covers, in milliseconds. */
export const STATS_EVERY_MS = 1_000;

export interface NetStatsState {
  readonly last: LinkSnapshot | undefined;
  /** What was added up since the last value. */
  readonly sum: LinkDelta;
  /** Null before the first second is over. */
  readonly value: NetStats | null;
}

const NOTHING: LinkDelta = {
  elapsedMs: 0,
  sentPackets: 0,
  lostPackets: 0,
  sentBytes: 0,
  receivedBytes: 0,
  congestionEvents: 0,
};

export const NO_STATS: NetStatsState = { last: undefined, sum: NOTHING, value: null };

/**
 * The figures after one more snapshot: a new value for every second of snapshots, from the sum of their intervals, so
 * that a path which comes or goes within the second counts for its part. Intervals in which the clock stood still or
 * went back count nothing.
 */
export function nextNetStats(state: NetStatsState, snapshot: LinkSnapshot): NetStatsState {
  const { last } = state;
  if (last && snapshot.atMs === last.atMs) return state;
  const delta = last && linkDelta(last, snapshot);
  if (!delta) return { ...state, last: snapshot };
  const sum = add(state.sum, delta);
  if (sum.elapsedMs < STATS_EVERY_MS) return { ...state, last: snapshot, sum };
  const path = selectedOf(snapshot);
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

function add(a: LinkDelta, b: LinkDelta): LinkDelta {
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
