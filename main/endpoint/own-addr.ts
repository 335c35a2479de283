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

/** Where this endpoint can be reached now: what goes into its tickets. */
export type OwnAddr = Omit<PeerAddr, 'endpointId'>;

/**
 * An address that is none: announced and taken back again, it makes iroh look for direct paths at once, which it does
 * whenever addresses change and offers no call for. Peers probe the discard port of their own loopback meanwhile.
 */
export const SEARCH_ADDR = '127.0.0.1:9';

const LOOPBACK_V4 = Uint8Array.of(127, 0, 0, 1);
const LOOPBACK_V6 = Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0));

/**
 * What iroh found out about its addresses, in ticket order. Without any network it is loopback, which at least this
 * machine can use. Addresses that mean nothing elsewhere (unspecified ones, IPv6 link-local without its zone) never
 * enter a ticket.
 */
export function ownAddr(endpoint: IrohEndpoint): OwnAddr {
  const addr = endpoint.addr();
  const relayUrl = addr.relayUrl();
  const found = addr
    .directAddresses()
    .flatMap((text) => (text === SEARCH_ADDR ? [] : usable(parseSocketAddr(text))));
  const ips =
    found.length > 0 ? found : endpoint.boundSockets().flatMap((text) => local(parseSocketAddr(text)));
  return {
    relayUrls: relayUrl === null ? [] : [relayUrl],
    ipAddrs: ips.sort(compareSocketAddrs).map(formatSocketAddr),
  };
}

function usable(addr: SocketAddr | undefined): SocketAddr[] {
  return addr && addr.port !== 0 && !isUnspecified(addr) && !isLinkLocalV6(addr) ? [addr] : [];
}

/** A socket that listens on all addresses listens on loopback too. */
function local(addr: SocketAddr | undefined): SocketAddr[] {
  if (!addr || !isUnspecified(addr)) return usable(addr);
  return [{ ip: addr.ip.length === 4 ? LOOPBACK_V4 : LOOPBACK_V6, port: addr.port }];
}

export function sameAddr(a: OwnAddr, b: OwnAddr): boolean {
  return a.relayUrls.join() === b.relayUrls.join() && a.ipAddrs.join() === b.ipAddrs.join();
}
