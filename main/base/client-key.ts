import { parseSocketAddr } from '../../common/ticket/socket-addr.ts';

/**
 * Key of a client for limits per client: its IPv4 address, or the /64 prefix of its IPv6 address, which belongs to one
 * customer. Accepts addresses with a port and ignores the port, because a client can use any number of them. Returns
 * `unknown` without an address.
 */
export function clientKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const plain = address
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/%.*$/, '');
  const ip = parseSocketAddr(plain.includes(':') ? `[${plain}]:0` : `${plain}:0`)?.ip;
  if (!ip || ip.length === 4) return plain;
  return `${Array.from(ip.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')}/64`;
}
