import { networkInterfaces } from 'node:os';
import { formatSocketAddr, isLoopback, parseSocketAddr } from '../../../common/ticket/socket-addr.ts';
import type { NetworkPathSource } from '../../network/network-path-source.ts';

/**
 * Whether an iroh connection comes from this machine. If it does, its selected network path leads to a
 * loopback address or to an address of this machine's network interfaces.
 */
export function isOwnMachine(transport: Pick<NetworkPathSource, 'paths'>): boolean {
  const path = transport.paths().find(({ isSelected }) => isSelected);
  const addr = path && !path.isRelay ? parseSocketAddr(path.remoteAddr) : undefined;
  if (!addr) return false;
  if (isLoopback(addr)) return true;
  const from = formatSocketAddr({ ip: addr.ip, port: 0 });
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some(({ address, family }) => {
      const own = parseSocketAddr(family === 'IPv6' ? `[${address}]:0` : `${address}:0`);
      return own !== undefined && formatSocketAddr(own) === from;
    });
}
