import type { PeerAddr } from '../../common/ticket/ticket.ts';

/**
 * Merges newly observed addresses of a peer into its known ones, newest first. Keeps at most `max` relays and
 * `max` IP addresses, because every dial attempt sends packets to each address, and a laptop that changes
 * networks collects many addresses.
 */
export function mergePeerAddrs(known: PeerAddr, newer: PeerAddr, max: number): PeerAddr {
  const newest = (kind: 'relayUrls' | 'ipAddrs') =>
    [...new Set([...newer[kind], ...known[kind]])].slice(0, max);
  return { endpointId: newer.endpointId, relayUrls: newest('relayUrls'), ipAddrs: newest('ipAddrs') };
}
