import type { PeerAddr } from '../../common/ticket/ticket.ts';

/**
 * Where a peer is, as learnt just now and before: the newest addresses first, at most `most` of each kind. A laptop
 * that moves about collects a handful, and each is sent packets at every attempt.
 */
export function withNewer(known: PeerAddr, newer: PeerAddr, most: number): PeerAddr {
  const newest = (kind: 'relayUrls' | 'ipAddrs') =>
    [...new Set([...newer[kind], ...known[kind]])].slice(0, most);
  return { endpointId: newer.endpointId, relayUrls: newest('relayUrls'), ipAddrs: newest('ipAddrs') };
}
