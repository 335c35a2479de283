import type { ConnectionStats, PathSnapshot } from '@number0/iroh';
import type { ConnectionSnapshot, NetworkPathCounters } from './connection-delta.ts';
import type { SendSample } from './send-limit.ts';

/** A transport that reports its network paths, such as an iroh connection. Local sockets have none. */
export interface NetworkPathSource {
  /** The peer's endpoint id, as 64 hex digits. */
  readonly remoteId: string;
  /** The connection's endpoint. All connections of one endpoint to one peer share the selected path. */
  readonly owner: object;
  paths(): readonly PathSnapshot[];
  /**
   * Counters for all paths since the connection began. The list from `paths()` may be outdated: see
   * `ConnectionSnapshot.total`.
   */
  totals(): ConnectionStats;
}

/** Returns the transport as a source of network paths, or undefined if it has none. */
export function networkPathSourceOf(transport: object): NetworkPathSource | undefined {
  return 'paths' in transport && 'totals' in transport && 'remoteId' in transport && 'owner' in transport
    ? (transport as NetworkPathSource)
    : undefined;
}

/** Samples a connection's paths and counters, and converts them from iroh's types. */
export function snapshotOf(source: NetworkPathSource, atMs: number): ConnectionSnapshot {
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

/** Samples the sending side of a connection. Returns undefined while no path is selected. */
export function sendSampleOf(source: NetworkPathSource, atMs: number): SendSample | undefined {
  const path = source.paths().find(({ isSelected }) => isSelected);
  if (!path) return undefined;
  const { udpTxBytes, lostBytes } = source.totals();
  const { cwnd, congestionEvents } = path.stats;
  return {
    atMs,
    path: path.id,
    rttMs: path.rttMs,
    cwndBytes: cwnd,
    congestionEvents,
    sentBytes: udpTxBytes,
    lostBytes,
  };
}

function fromIroh({ id, isRelay, remoteAddr, rttMs, isSelected, stats }: PathSnapshot): NetworkPathCounters {
  return {
    id,
    kind: isRelay ? 'relayed' : 'direct',
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
