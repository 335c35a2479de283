import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { ReasonError } from '../../common/errors.ts';
import { formatSocketAddr, parseSocketAddr } from '../../common/socket-addr.ts';
import type { PeerAddress } from '../origin/peer.ts';

/** The ticket leads nowhere that this relay may go. */
export class AddressError extends ReasonError<'private'> {}

/**
 * What is not the public internet, by IANA's special-purpose registries: this host and network, private use (RFC 1918),
 * shared address space of carriers (RFC 6598), loopback, link-local, protocol assignments, documentation, benchmarks,
 * multicast, reserved. Of IPv6 only global unicast 2000::/3 is public, and of that not what carries other addresses
 * inside (Teredo, 6to4) or documents.
 */
const notPublic = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  notPublic.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  notPublic.addSubnet(net, bits, 'ipv6');
}
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Whether an IP address, without a port, is one of the public internet. */
export function isPublicIp(ip: string): boolean {
  if (isIPv4(ip)) return !notPublic.check(ip, 'ipv4');
  return isIPv6(ip) && globalUnicast.check(ip, 'ipv6') && !notPublic.check(ip, 'ipv6');
}

export interface AddressRules {
  allowPrivate: boolean;
  /** The iroh relay that this process was told to use is trusted wherever it is. */
  ownRelayUrl: string;
  /** All addresses of a host name; for tests. */
  resolve?: (host: string) => Promise<readonly string[]>;
}

/** How long a host name may take to be resolved, in milliseconds. */
const RESOLVE_TIMEOUT_MS = 5_000;

/**
 * The part of a ticket's address that may be dialled: an open relay must not be made to knock at machines of the
 * network it stands in. What a host name leads to is looked up; iroh looks it up again by itself later.
 *
 * @throws AddressError when nothing is left of an address that had something.
 */
export async function allowedAddress(address: PeerAddress, rules: AddressRules): Promise<PeerAddress> {
  if (rules.allowPrivate) return address;
  const ipAddrs = address.ipAddrs.filter((text) => {
    const addr = parseSocketAddr(text);
    return addr !== undefined && addr.port !== 0 && isPublicIp(hostOf(formatSocketAddr(addr)));
  });
  const checked = await Promise.all(
    address.relayUrls.map(async (url) => ((await mayUseRelay(url, rules)) ? [url] : [])),
  );
  const relayUrls = checked.flat();
  const had = address.ipAddrs.length + address.relayUrls.length;
  if (had > 0 && ipAddrs.length + relayUrls.length === 0) {
    throw new AddressError(
      'private',
      'the ticket has only private addresses, to which this relay does not connect',
    );
  }
  return { endpointId: address.endpointId, relayUrls, ipAddrs };
}

async function mayUseRelay(url: string, rules: AddressRules): Promise<boolean> {
  if (!URL.canParse(url)) return false;
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return false;
  if (URL.canParse(rules.ownRelayUrl) && new URL(rules.ownRelayUrl).host === parsed.host) return true;
  const host = parsed.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host)) return isPublicIp(host);
  // Names of one part, and those of private networks, never are public.
  if (!host.includes('.') || /\.(local|localhost|internal|home\.arpa|lan)$/i.test(host)) return false;
  const found = await (rules.resolve ?? resolveAll)(host);
  return found.length > 0 && found.every(isPublicIp);
}

async function resolveAll(host: string): Promise<string[]> {
  const { promise: timeout, resolve } = Promise.withResolvers<string[]>();
  const timer = setTimeout(() => resolve([]), RESOLVE_TIMEOUT_MS);
  try {
    const found = lookup(host, { all: true }).then(
      (all) => all.map(({ address }) => address),
      () => [],
    );
    return await Promise.race([found, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function hostOf(socketAddr: string): string {
  return socketAddr.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}
