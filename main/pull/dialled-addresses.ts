import { hostOfSocketAddr, isPublicIp } from '../base/public-ip.ts';

/** Maximum number of private IP addresses that are dialed. A laptop has only a few network interfaces. */
const MAX_PRIVATE = 8;
/**
 * Maximum number of public IP addresses that are dialed. A home has one IPv4 address and a few IPv6
 * addresses. A higher limit would let the author of a ticket direct packets at many strangers.
 */
const MAX_PUBLIC = 4;

/**
 * Returns the IP addresses of a ticket that are dialed, in the ticket's order. Of the public ones, half are
 * IPv4 and half IPv6, if the ticket has enough of each.
 *
 * @param ipAddrs the ticket's addresses, as `ADDR:PORT`
 */
export function selectAddresses(ipAddrs: readonly string[]): string[] {
  const isPublic = (addr: string) => isPublicIp(hostOfSocketAddr(addr));
  const publicAddrs = ipAddrs.filter(isPublic);
  const ofVersion = (six: boolean) => publicAddrs.filter((addr) => addr.startsWith('[') === six);
  const preferred = [false, true].flatMap((six) => ofVersion(six).slice(0, MAX_PUBLIC / 2));
  const selected = new Set([...new Set([...preferred, ...publicAddrs])].slice(0, MAX_PUBLIC));
  for (const addr of ipAddrs.filter((each) => !isPublic(each)).slice(0, MAX_PRIVATE)) selected.add(addr);
  return ipAddrs.filter((addr) => selected.has(addr));
}
