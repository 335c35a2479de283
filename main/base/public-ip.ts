import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Address ranges that are not part of the public internet, from IANA's special-purpose registries. In IPv6,
 * only global unicast (2000::/3) is public, except for documentation and for ranges that embed IPv4 addresses
 * (Teredo, 6to4).
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

/** Whether a string is an IP address (without a port) on the public internet. */
export function isPublicIp(ip: string): boolean {
  if (isIPv4(ip)) return !notPublic.check(ip, 'ipv4');
  return isIPv6(ip) && globalUnicast.check(ip, 'ipv6') && !notPublic.check(ip, 'ipv6');
}

/** Returns the IP address of `1.2.3.4:5` or `[::1]:5`. */
export function hostOfSocketAddr(socketAddr: string): string {
  return socketAddr.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}
