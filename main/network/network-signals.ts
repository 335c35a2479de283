import type { NetworkSignals } from '../../common/bridge/bridge.ts';
import { type LinkSnapshot, linkDelta, lossRate, selectedOf } from './path-deltas.ts';

/** How often signals are made, in milliseconds: iroh-live's interval, and that of the rendition policy. */
export const SIGNALS_EVERY_MS = 200;

/** The transport tells whole milliseconds, 0 on loopback: no real round trip is shorter than this. */
const LEAST_RTT_MS = 1;

export interface SignalState {
  readonly last: LinkSnapshot | undefined;
  /** Null before a path is selected for the first time. */
  readonly value: NetworkSignals | null;
}

export const NO_SIGNALS: SignalState = { last: undefined, value: null };

/**
 * The signals after one more snapshot of the connection. The first one has no interval yet, so no loss. A snapshot
 * that repeats the last one's time changes nothing; one from before it starts a new interval. While no path is
 * selected the last values stand.
 */
export function nextSignals(state: SignalState, snapshot: LinkSnapshot): SignalState {
  const { last, value } = state;
  if (last && snapshot.atMs === last.atMs) return state;
  const delta = last && linkDelta(last, snapshot);
  if (last && !delta) return { last: snapshot, value };
  const path = selectedOf(snapshot);
  if (!path) return { last: snapshot, value };
  const before = value?.congestionEvents ?? 0;
  return {
    last: snapshot,
    value: {
      rttMs: path.rttMs,
      lossRate: delta ? lossRate(delta) : 0,
      availableBps: Math.round((path.cwndBytes * 8_000) / Math.max(path.rttMs, LEAST_RTT_MS)),
      congestionEvents: before + (delta ? delta.congestionEvents : sumOfCongestion(snapshot)),
    },
  };
}

function sumOfCongestion(snapshot: LinkSnapshot): number {
  return snapshot.paths.reduce((sum, { congestionEvents }) => sum + congestionEvents, 0);
}
