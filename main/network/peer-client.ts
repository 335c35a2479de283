import { clientKey, RELAYED_PEERS } from '../base/client-key.ts';
import type { NetworkPathSource } from './network-path-source.ts';

/**
 * Returns the client behind an iroh connection, for limits per client. This is normally the address that the
 * peer connected from. For a peer that connected through an iroh relay, it is the remote address of the
 * selected network path, or `RELAYED_PEERS` if that path is also relayed.
 *
 * Endpoint ids cannot be used, because anyone can create any number of them. The first network path in the
 * list cannot be used either, because the order of the list changes.
 *
 * @param peer.from see `IncomingPeer.from`
 */
export function clientOfPeer({ transport, from }: { transport: PeerPaths; from: string }): string {
  if (from !== transport.remoteId && from !== RELAYED_PEERS) return from;
  const path = transport.paths().find(({ isSelected }) => isSelected);
  return !path || path.isRelay ? RELAYED_PEERS : clientKey(path.remoteAddr);
}

type PeerPaths = Pick<NetworkPathSource, 'remoteId' | 'paths'>;
