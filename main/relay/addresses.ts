import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { ReasonError } from '../../common/base/errors.ts';
import { formatSocketAddr, parseSocketAddr } from '../../common/ticket/socket-addr.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { resolveHost } from './resolve.ts';

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

/** A peer has one iroh relay, and had others before: whoever names more wants names looked up. */
const MAX_RELAYS = 2;

/**
 * The part of a ticket's address that may be dialled: an open relay must not be made to knock at machines of the
 * network it stands in. What a host name leads to is looked up; iroh looks it up again by itself later. Of iroh relays
 * the first that may be used stays: iroh takes one.
 *
 * @throws AddressError when nothing is left of an address that had something.
 */
export async function allowedAddress(address: PeerAddr, rules: AddressRules): Promise<PeerAddr> {
  if (rules.allowPrivate) return address;
  const ipAddrs = address.ipAddrs.filter((text) => {
    const addr = parseSocketAddr(text);
    return addr !== undefined && addr.port !== 0 && isPublicIp(hostOf(formatSocketAddr(addr)));
  });
  const candidates = address.relayUrls
    .flatMap((url) => relayCandidate(url, rules) ?? [])
    .slice(0, MAX_RELAYS);
  const checked = await Promise.all(
    candidates.map(async ({ url, name }) =>
      name === null || (await isPublicName(name, rules)) ? [url] : [],
    ),
  );
  const relayUrls = checked.flat().slice(0, 1);
  const had = address.ipAddrs.length + address.relayUrls.length;
  if (had > 0 && ipAddrs.length + relayUrls.length === 0) {
    throw new AddressError(
      'private',
      'the ticket has only private addresses, to which this relay does not connect',
    );
  }
  return { endpointId: address.endpointId, relayUrls, ipAddrs };
}

/** A relay that may be used if its name, where it has one, leads to the public internet; undefined: it may not. */
function relayCandidate(url: string, rules: AddressRules): { url: string; name: string | null } | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return undefined;
  const isOwn = URL.canParse(rules.ownRelayUrl) && new URL(rules.ownRelayUrl).host === parsed.host;
  if (isOwn) return { url, name: null };
  const name = parsed.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(name)) return isPublicIp(name) ? { url, name: null } : undefined;
  // Names of one part, and those of private networks, never are public.
  const isLocal = !name.includes('.') || /\.(local|localhost|internal|home\.arpa|lan)$/i.test(name);
  return isLocal ? undefined : { url, name };
}

async function isPublicName(name: string, rules: AddressRules): Promise<boolean> {
  const found = await (rules.resolve ?? resolveHost)(name);
  return found.length > 0 && found.every(isPublicIp);
}

function hostOf(socketAddr: string): string {
  return socketAddr.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}
