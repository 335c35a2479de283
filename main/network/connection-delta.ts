import type { NetworkPathState } from '../../common/bridge/bridge.ts';

/** A snapshot of one network path's state and counters. The counters start at zero when the path opens. */
export interface NetworkPathCounters extends NetworkPathState {
  /** The path's number within its connection. Numbers are never reused. */
  id: string;
  cwndBytes: number;
  congestionEvents: number;
  sentPackets: number;
  sentBytes: number;
  receivedBytes: number;
  lostPackets: number;
}

/** A snapshot of all network paths of a connection, timed by a monotonic clock. */
export interface ConnectionSnapshot {
  atMs: number;
  paths: readonly NetworkPathCounters[];
  /**
   * Counters for the whole connection, if the transport provides them. On the accepting side, iroh's list of
   * paths is sometimes outdated: it contains a path with frozen counters that the dialing side no longer uses
   * (observed with iroh 1.1.0 between IPv4 and IPv6 on loopback).
   */
  total?: ConnectionTotals;
}

type ConnectionTotals = Pick<
  NetworkPathCounters,
  'sentPackets' | 'sentBytes' | 'receivedBytes' | 'lostPackets'
>;

/**
 * Growth of the counters between two snapshots. The packet counts are those of the selected path; the byte
 * counts are those of the whole connection.
 */
export interface ConnectionDelta {
  elapsedMs: number;
  sentPackets: number;
  lostPackets: number;
  sentBytes: number;
  receivedBytes: number;
  congestionEvents: number;
}

/**
 * Computes the growth from one snapshot to the next; undefined if no time has passed or the clock went
 * backwards. A new path, or one whose counters decreased, counts from zero; a closed path is not counted.
 * Losses count only on the selected path, because losses on an abandoned path say nothing about the new one.
 */
export function connectionDelta(
  before: ConnectionSnapshot,
  after: ConnectionSnapshot,
): ConnectionDelta | undefined {
  const elapsedMs = after.atMs - before.atMs;
  if (!(elapsedMs > 0)) return undefined;
  const delta: ConnectionDelta = {
    elapsedMs,
    sentPackets: 0,
    lostPackets: 0,
    sentBytes: 0,
    receivedBytes: 0,
    congestionEvents: 0,
  };
  const known = new Map(before.paths.map((path) => [path.id, path]));
  for (const path of after.paths) {
    const base = baselineOf(path, known.get(path.id));
    delta.sentBytes += path.sentBytes - base.sentBytes;
    delta.receivedBytes += path.receivedBytes - base.receivedBytes;
    delta.congestionEvents += Math.max(0, path.congestionEvents - base.congestionEvents);
    if (!path.selected) continue;
    delta.sentPackets = path.sentPackets - base.sentPackets;
    // The transport decrements its loss counter when a packet that was declared lost turns out to have
    // arrived.
    delta.lostPackets = Math.max(0, path.lostPackets - base.lostPackets);
  }
  return before.total && after.total ? corrected(delta, before.total, after.total) : delta;
}

/**
 * Replaces the byte counts with those of the whole connection. If the selected path sent no packets, also
 * replaces the packet counts, because the list of paths may be outdated.
 */
function corrected(
  delta: ConnectionDelta,
  before: ConnectionTotals,
  after: ConnectionTotals,
): ConnectionDelta {
  if (after.sentPackets < before.sentPackets || after.receivedBytes < before.receivedBytes) return delta;
  const bytes = {
    sentBytes: after.sentBytes - before.sentBytes,
    receivedBytes: after.receivedBytes - before.receivedBytes,
  };
  if (delta.sentPackets > 0) return { ...delta, ...bytes };
  return {
    ...delta,
    ...bytes,
    sentPackets: after.sentPackets - before.sentPackets,
    lostPackets: Math.max(0, after.lostPackets - before.lostPackets),
  };
}

/** Computes lost / (sent + lost), from 0 to 1. Returns 0 if nothing was sent. */
export function lossRate({
  sentPackets,
  lostPackets,
}: Pick<ConnectionDelta, 'sentPackets' | 'lostPackets'>): number {
  const packets = sentPackets + lostPackets;
  return packets > 0 ? lostPackets / packets : 0;
}

/** Returns the path that carries the data, or undefined if none is selected. */
export function selectedPathOf(snapshot: ConnectionSnapshot): NetworkPathCounters | undefined {
  return snapshot.paths.find(({ selected }) => selected);
}

type Counters = Pick<
  NetworkPathCounters,
  'sentPackets' | 'lostPackets' | 'sentBytes' | 'receivedBytes' | 'congestionEvents'
>;

const ZERO: Counters = {
  sentPackets: 0,
  lostPackets: 0,
  sentBytes: 0,
  receivedBytes: 0,
  congestionEvents: 0,
};

function baselineOf(path: NetworkPathCounters, before: NetworkPathCounters | undefined): Counters {
  if (!before) return ZERO;
  const wentBack =
    path.sentPackets < before.sentPackets ||
    path.sentBytes < before.sentBytes ||
    path.receivedBytes < before.receivedBytes;
  return wentBack ? ZERO : before;
}
