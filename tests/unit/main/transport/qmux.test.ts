import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { expect, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import type { MediaSocket } from '../../../../common/bridge/bridge.ts';
import { type MediaPort, messagePortSocket } from '../../../../common/bridge/media-port.ts';
import { acceptQmux } from '../../../../main/transport/qmux.ts';
import { dialQmux } from '../../../support/dial-qmux.ts';
import { type Pair, transportContract } from './contract.ts';

const PROTOCOL = 'moq-lite-05';
const MIB = 1024 * 1024;

/** A server and a client in this process, over real sockets on loopback. */
async function overWebSocket(): Promise<Pair> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepting = once(server, 'connection') as Promise<[WebSocket]>;
  const dialled = new WebSocket(`ws://127.0.0.1:${port}/`, [`qmux-02.${PROTOCOL}`]);
  const client = dialQmux(dialled as unknown as MediaSocket, PROTOCOL);
  const [accepted] = await accepting;
  return {
    client,
    server: acceptQmux(accepted as unknown as MediaSocket, PROTOCOL),
    dispose: async () => {
      dialled.terminate();
      accepted.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

function mediaPort(port: MessagePort): MediaPort {
  const wrapped: MediaPort = {
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
    onmessage: null,
    onclose: null,
  };
  port.on('message', (data) => wrapped.onmessage?.(data));
  port.on('close', () => wrapped.onclose?.());
  return wrapped;
}

async function overMessagePort(): Promise<Pair> {
  const { port1, port2 } = new MessageChannel();
  return {
    client: dialQmux(messagePortSocket(mediaPort(port1)), PROTOCOL),
    server: acceptQmux(messagePortSocket(mediaPort(port2)), PROTOCOL),
    dispose: async () => {
      port1.close();
      port2.close();
    },
  };
}

// The stream's flow control window (2 MiB) plus pending writes.
const options = { maxAheadBytes: 8 * MIB };
transportContract('qmux over a WebSocket', overWebSocket, options);
transportContract('qmux over a message port', overMessagePort, options);

test('a lost socket ends the session, without an unhandled rejection', async () => {
  const pair = await overWebSocket();
  await pair.server.ready;
  const reading = pair.server.incomingUnidirectionalStreams.getReader().read();
  const ended = Promise.allSettled([reading, pair.server.closed, pair.client.closed]);
  await pair.dispose();
  await ended;
  expect(await Promise.allSettled([pair.server.closed])).toMatchObject([{ status: 'rejected' }]);
});
