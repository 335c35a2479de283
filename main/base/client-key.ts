import { parseSocketAddr } from '../../common/ticket/socket-addr.ts';

/**
 * By what limits go that hold for each client: its IPv4 address, or the /64 of IPv6, which is one customer's. Takes
 * addresses with a port too: ports are free for the taking.
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
