import { createSocket } from 'node:dgram';

let probe: Promise<boolean> | undefined;

/**
 * Whether this machine can open IPv6 sockets. The WebTransport addon (0.1.4) opens one whenever it creates a client, and
 * aborts the process if that fails, as on a kernel without IPv6.
 */
export function hasIpv6Sockets(): Promise<boolean> {
  probe ??= new Promise((resolve) => {
    const socket = createSocket('udp6');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port: 0, address: '::', exclusive: true }, () => socket.close(() => resolve(true)));
  });
  return probe;
}
