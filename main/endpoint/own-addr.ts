import type { Endpoint as IrohEndpoint } from '@number0/iroh';
import {
  compareSocketAddrs,
  formatSocketAddr,
  isLinkLocalV6,
  isUnspecified,
  parseSocketAddr,
  type SocketAddr,
} from '../../common/ticket/socket-addr.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';

/** This endpoint's current addresses, in the form used by its tickets. */
export type OwnAddr = Omit<PeerAddr, 'endpointId'>;

/**
 * A dummy address: the discard port on loopback. iroh has no function that starts a search for direct paths,
 * but searches whenever this endpoint's addresses change, so adding or removing the dummy address starts a
 * search. While the dummy address is announced, peers also probe their own discard port.
 */
export const SEARCH_ADDR = '127.0.0.1:9';

const LOOPBACK_V4 = Uint8Array.of(127, 0, 0, 1);
const LOOPBACK_V6 = Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0));

/**
 * Returns the addresses that iroh has discovered, in the order used in tickets. Omits addresses that other
 * machines cannot use: unspecified ones, and IPv6 link-local ones without their zone. Without a network,
 * returns loopback addresses, which at least work on this machine.
 */
export function ownAddr(endpoint: IrohEndpoint): OwnAddr {
  const addr = endpoint.addr();
  const relayUrl = addr.relayUrl();
  const found = addr
    .directAddresses()
    .flatMap((text) => (text === SEARCH_ADDR ? [] : usable(parseSocketAddr(text))));
  const ips =
    found.length > 0 ? found : endpoint.boundSockets().flatMap((text) => loopbackOf(parseSocketAddr(text)));
  return {
    relayUrls: relayUrl === null ? [] : [relayUrl],
    ipAddrs: ips.sort(compareSocketAddrs).map(formatSocketAddr),
  };
}

function usable(addr: SocketAddr | undefined): SocketAddr[] {
  return addr && addr.port !== 0 && !isUnspecified(addr) && !isLinkLocalV6(addr) ? [addr] : [];
}

/** Returns the loopback address for a socket that listens on all addresses, and the socket's own address otherwise. */
function loopbackOf(addr: SocketAddr | undefined): SocketAddr[] {
  if (!addr || !isUnspecified(addr)) return usable(addr);
  return [{ ip: addr.ip.length === 4 ? LOOPBACK_V4 : LOOPBACK_V6, port: addr.port }];
}

/** Whether `a` and `b` contain the same addresses in the same order. */
export function sameAddr(a: OwnAddr, b: OwnAddr): boolean {
  return a.relayUrls.join() === b.relayUrls.join() && a.ipAddrs.join() === b.ipAddrs.join();
}
