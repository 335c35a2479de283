import type { PeerAddr } from '../../common/ticket/ticket.ts';

/**
 * Merges a peer's newly observed addresses into its known addresses, newest first. Keeps at most `max` relays and
 * `max` IP addresses, because a laptop that changes networks collects several addresses, and every dial attempt sends
 * packets to each of them.
 */
export function mergePeerAddrs(known: PeerAddr, newer: PeerAddr, max: number): PeerAddr {
  const newest = (kind: 'relayUrls' | 'ipAddrs') =>
    [...new Set([...newer[kind], ...known[kind]])].slice(0, max);
  return { endpointId: newer.endpointId, relayUrls: newest('relayUrls'), ipAddrs: newest('ipAddrs') };
}
