import { createSocket } from 'node:dgram';

let probe: Promise<boolean> | undefined;

/**
 * Whether this machine can open IPv6 sockets. On a kernel without IPv6, the WebTransport addon (0.1.4) aborts
 * the process when it creates a client.
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
