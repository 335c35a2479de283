import { clientKey, RELAYED_PEERS } from '../base/client-key.ts';
import type { NetworkPathSource } from './network-path-source.ts';

/**
 * Returns the client behind an iroh connection, for limits per client. This is normally the address that the
 * client connected from. If the client opened it through an iroh relay, this is the remote address of the
 * selected network path, or `RELAYED_PEERS` if that path also goes through the relay. The endpoint id is not
 * used, because anyone can create any number of ids. The first network path in the list is not used either,
 * because another of the client's addresses may be first a moment later.
 *
 * @param peer.from see `IncomingPeer.from`
 */
export function clientOfPeer({ transport, from }: { transport: PeerPaths; from: string }): string {
  if (from !== transport.remoteId && from !== RELAYED_PEERS) return from;
  const path = transport.paths().find(({ isSelected }) => isSelected);
  return !path || path.isRelay ? RELAYED_PEERS : clientKey(path.remoteAddr);
}

type PeerPaths = Pick<NetworkPathSource, 'remoteId' | 'paths'>;
