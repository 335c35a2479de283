/**
 * `udp-relay.ts PORT_A PORT_B`: forwards datagrams between the peers on two ports, like a TURN server.
 * Listens on all addresses and prints `ready`.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

const [portA, portB] = process.argv.slice(2).map(Number);
if (!portA || !portB) throw new Error('usage: udp-relay.ts PORT_A PORT_B');

interface Side {
  socket: Socket;
  peer: RemoteInfo | undefined;
}
const sides: Side[] = [portA, portB].map(() => ({ socket: createSocket('udp4'), peer: undefined }));
const [a, b] = sides;
if (!a || !b) throw new Error('unreachable');

function forward(from: Side, to: Side): void {
  from.socket.on('message', (packet, peer) => {
    from.peer = peer;
    if (to.peer) to.socket.send(packet, to.peer.port, to.peer.address);
  });
  from.socket.on('error', (error) => process.stderr.write(`${error.message}\n`));
}
forward(a, b);
forward(b, a);
a.socket.bind(portA);
b.socket.bind(portB);
await Promise.all(sides.map(({ socket }) => once(socket, 'listening')));
process.stdout.write('ready\n');
