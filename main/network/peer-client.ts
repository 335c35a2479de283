import { clientKey, RELAYED_PEERS } from '../base/client-key.ts';
import type { NetworkPathSource } from './network-path-source.ts';

/**
 * Returns the client behind an iroh connection, for limits per client: the address that it connected from, or
 * for a connection opened through an iroh relay, the remote address of the selected network path. Returns
 * `RELAYED_PEERS` if that path is relayed, too.
 *
 * The endpoint id is no substitute, because anyone can create any number of ids. Neither is the first network
 * path in the list, which may be another one a moment later.
 *
 * @param peer.from see `IncomingPeer.from`
 */
export function clientOfPeer({ transport, from }: { transport: PeerPaths; from: string }): string {
  if (from !== transport.remoteId && from !== RELAYED_PEERS) return from;
  const path = transport.paths().find(({ isSelected }) => isSelected);
  return !path || path.isRelay ? RELAYED_PEERS : clientKey(path.remoteAddr);
}

type PeerPaths = Pick<NetworkPathSource, 'remoteId' | 'paths'>;
