import type { PeerAddr } from '../../common/ticket/ticket.ts';
import type { NetworkPathSource } from './network-path-source.ts';

/**
 * Checks whether a peer answers new packets that do not use the network path of an existing connection.
 * Resolves to false if it does not answer before `signal` is aborted. Never rejects.
 */
export type PeerProbe = (peer: PeerAddr, signal: AbortSignal) => Promise<boolean>;

/** The probe of each endpoint. All connections of an endpoint to a peer share a path, so they share the probe. */
const probes = new WeakMap<object, PeerProbe>();

/** Sets the probe for all connections of an endpoint (see `NetworkPathSource.owner`). */
export function registerPeerProbe(owner: object, probe: PeerProbe): void {
  probes.set(owner, probe);
}

/** Returns a function that probes the connection's peer; undefined if its endpoint has no probe. */
export function peerProbeOf(
  source: NetworkPathSource,
): ((signal: AbortSignal) => Promise<boolean>) | undefined {
  const probe = probes.get(source.owner);
  if (!probe) return undefined;
  return (signal) => {
    const paths = source.paths();
    const addresses = (isRelay: boolean) =>
      paths.flatMap((path) => (path.isRelay === isRelay ? [path.remoteAddr] : []));
    return probe(
      { endpointId: source.remoteId, relayUrls: addresses(true), ipAddrs: addresses(false) },
      signal,
    );
  };
}
