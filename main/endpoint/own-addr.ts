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

/** This endpoint's current addresses, as its tickets contain them. */
export type OwnAddr = Omit<PeerAddr, 'endpointId'>;

/**
 * A dummy address (the discard port on loopback). Adding or removing it makes iroh search for direct paths at once,
 * which iroh does whenever addresses change but offers no function for. While it is announced, peers send probes to
 * their own discard port.
 */
export const SEARCH_ADDR = '127.0.0.1:9';

const LOOPBACK_V4 = Uint8Array.of(127, 0, 0, 1);
const LOOPBACK_V6 = Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0));

/**
 * The addresses that iroh has discovered, in ticket order. Without any network, they are loopback addresses, which work
 * on this machine at least. Addresses that are meaningless on another machine (unspecified, and IPv6 link-local without
 * its zone) are left out.
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

/** The loopback address of a socket that listens on all addresses; otherwise the socket's own address. */
function loopbackOf(addr: SocketAddr | undefined): SocketAddr[] {
  if (!addr || !isUnspecified(addr)) return usable(addr);
  return [{ ip: addr.ip.length === 4 ? LOOPBACK_V4 : LOOPBACK_V6, port: addr.port }];
}

/** Whether both have the same addresses in the same order. */
export function sameAddr(a: OwnAddr, b: OwnAddr): boolean {
  return a.relayUrls.join() === b.relayUrls.join() && a.ipAddrs.join() === b.ipAddrs.join();
}
