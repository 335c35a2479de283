import type { ConnectionStats, PathSnapshot } from '@number0/iroh';
import type { LinkSnapshot } from './path-deltas.ts';

/** A transport that knows its network paths: an iroh connection. Local sockets have none. */
export interface PathSource {
  /** The peer's id in 64 hex digits. */
  readonly remoteId: string;
  /** The endpoint that made it: connections of one endpoint to one peer share the choice of path. */
  readonly owner: object;
  paths(): readonly PathSnapshot[];
  /** Over all paths that there ever were. `paths()` may lag behind: see `LinkSnapshot.total`. */
  totals(): ConnectionStats;
}

/** The transport as a source of paths, or undefined when it has none. */
export function pathSourceOf(transport: object): PathSource | undefined {
  return 'paths' in transport && 'totals' in transport && 'remoteId' in transport && 'owner' in transport
    ? (transport as PathSource)
    : undefined;
}

/** What a connection's paths are now, in this project's terms. */
export function snapshotOf(source: PathSource, atMs: number): LinkSnapshot {
  const total = source.totals();
  return {
    atMs,
    paths: source.paths().map(fromIroh),
    total: {
      sentPackets: total.udpTxDatagrams,
      sentBytes: total.udpTxBytes,
      receivedBytes: total.udpRxBytes,
      lostPackets: total.lostPackets,
    },
  };
}

function fromIroh({ id, isRelay, remoteAddr, rttMs, isSelected, stats }: PathSnapshot) {
  return {
    id,
    kind: isRelay ? ('relayed' as const) : ('direct' as const),
    address: remoteAddr,
    rttMs,
    selected: isSelected,
    cwndBytes: stats.cwnd,
    congestionEvents: stats.congestionEvents,
    sentPackets: stats.udpTxDatagrams,
    sentBytes: stats.udpTxBytes,
    receivedBytes: stats.udpRxBytes,
    lostPackets: stats.lostPackets,
  };
}
