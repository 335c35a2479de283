import type { PathState } from '../../common/bridge/bridge.ts';

/** One path of a connection at one moment, with counters that grow from the path's own beginning. */
export interface PathCounters extends PathState {
  /** The connection's number for the path; never used twice by one connection. */
  id: string;
  cwndBytes: number;
  congestionEvents: number;
  sentPackets: number;
  sentBytes: number;
  receivedBytes: number;
  lostPackets: number;
}

/** All paths of a connection at one moment, on a clock that should not go back. */
export interface LinkSnapshot {
  atMs: number;
  paths: readonly PathCounters[];
  /**
   * Counters of the whole connection since it began, where the transport has them. iroh's list of paths sometimes
   * lags on the side that was called: it goes on naming a path that the other side has left, with counters that stand
   * still, while the data comes and goes on another (seen with iroh 1.1.0 between IPv4 and IPv6 on loopback).
   */
  total?: Totals;
}

export type Totals = Pick<PathCounters, 'sentPackets' | 'sentBytes' | 'receivedBytes' | 'lostPackets'>;

/** What happened between two snapshots. Packets are of the path that is selected now, bytes of the whole connection. */
export interface LinkDelta {
  elapsedMs: number;
  sentPackets: number;
  lostPackets: number;
  sentBytes: number;
  receivedBytes: number;
  congestionEvents: number;
}

/**
 * The growth from one snapshot to the next. A path that is new, or whose counters went back, counts from zero; a path
 * that is gone counts nothing. Losses are those of the path that carries the data now: what is still being lost on a
 * path that was left says nothing of the new one. Undefined when no time has passed, or the clock went back.
 */
export function linkDelta(before: LinkSnapshot, after: LinkSnapshot): LinkDelta | undefined {
  const elapsedMs = after.atMs - before.atMs;
  if (!(elapsedMs > 0)) return undefined;
  const delta: LinkDelta = {
    elapsedMs,
    sentPackets: 0,
    lostPackets: 0,
    sentBytes: 0,
    receivedBytes: 0,
    congestionEvents: 0,
  };
  const known = new Map(before.paths.map((path) => [path.id, path]));
  for (const path of after.paths) {
    const base = baseOf(path, known.get(path.id));
    delta.sentBytes += path.sentBytes - base.sentBytes;
    delta.receivedBytes += path.receivedBytes - base.receivedBytes;
    delta.congestionEvents += Math.max(0, path.congestionEvents - base.congestionEvents);
    if (!path.selected) continue;
    delta.sentPackets = path.sentPackets - base.sentPackets;
    // The transport may take a loss back when the packet arrives after all.
    delta.lostPackets = Math.max(0, path.lostPackets - base.lostPackets);
  }
  return before.total && after.total ? corrected(delta, before.total, after.total) : delta;
}

/** Bytes by the connection's own counters; packets too when the path that is named sent none of those that were. */
function corrected(delta: LinkDelta, before: Totals, after: Totals): LinkDelta {
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

/** lost / (sent + lost), 0..1; 0 when nothing was sent. */
export function lossRate({
  sentPackets,
  lostPackets,
}: Pick<LinkDelta, 'sentPackets' | 'lostPackets'>): number {
  const all = sentPackets + lostPackets;
  return all > 0 ? lostPackets / all : 0;
}

/** The path that carries the data. */
export function selectedOf(snapshot: LinkSnapshot): PathCounters | undefined {
  return snapshot.paths.find(({ selected }) => selected);
}

type Counters = Pick<
  PathCounters,
  'sentPackets' | 'lostPackets' | 'sentBytes' | 'receivedBytes' | 'congestionEvents'
>;

const ZERO: Counters = {
  sentPackets: 0,
  lostPackets: 0,
  sentBytes: 0,
  receivedBytes: 0,
  congestionEvents: 0,
};

function baseOf(path: PathCounters, before: PathCounters | undefined): Counters {
  if (!before) return ZERO;
  const wentBack =
    path.sentPackets < before.sentPackets ||
    path.sentBytes < before.sentBytes ||
    path.receivedBytes < before.receivedBytes;
  return wentBack ? ZERO : before;
}
