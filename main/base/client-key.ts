import { parseSocketAddr } from '../../common/ticket/socket-addr.ts';

/**
 * Returns the key by which rate limits identify a client: its IPv4 address, or the /64 prefix of its IPv6 address,
 * because a /64 is assigned to one customer. The port is ignored, because a client can use any number of ports.
 * Returns `unknown` if there is no address.
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
