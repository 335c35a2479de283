/**
 * A process that a test attacks. It runs an Origin with real sessions over WebSocket and iroh. It does not
 * limit clients, because other tests cover these limits.
 *
 * `node attacked-child.ts` publishes numbers as `good`, prints its addresses as JSON and accepts sessions.
 * `node attacked-child.ts ADDRESS…` dials tickets or WebSocket URLs instead, and reads all announced
 * broadcasts.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Path, type Track } from 'moq-net';
import { WebSocketServer } from 'ws';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import { formatTicket, parseTicket } from '../../common/ticket/ticket.ts';
import { captureConsole } from '../../main/base/log.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { mount } from '../../main/origin/grants.ts';
import { Origin } from '../../main/origin/origin.ts';
import { Session, type SessionOptions, type Transport } from '../../main/origin/session.ts';
import { acceptForeignQmux, chooseSubprotocol } from '../../main/transport/qmux.ts';
import { MAX_RECORD_BYTES } from '../../main/transport/record-guard.ts';
import { dialWebSocket } from '../../main/transport/web-socket.ts';
import { NumberedBroadcast } from './sessions.ts';

captureConsole();
const addresses = process.argv.slice(2);
const origin = new Origin();
const options: SessionOptions = {
  origin,
  grants: { read: [mount('', '')], publish: [mount('', '')], pull: false },
  label: 'stranger',
};
const endpoint = await LiveEndpoint.open({
  secretKey: randomBytes(32),
  bind: '127.0.0.1:0',
  relay: 'disabled',
});
const ignoreFailure = () => undefined;

async function listen(): Promise<void> {
  const numbers = new NumberedBroadcast();
  const by = {};
  origin.publish(Path.from('good'), numbers.producer.consume(), { by, hasTrackInfo: false });
  endpoint.onConnection((peer) => void Session.accept(peer.transport, options).catch(ignoreFailure));
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    maxPayload: MAX_RECORD_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => chooseSubprotocol(offered) ?? false,
  });
  server.on('connection', (socket) => {
    socket.on('error', ignoreFailure);
    const transport = acceptForeignQmux(socket as unknown as MediaSocket, { maxStreams: 256 });
    void Session.accept(transport, options).catch(ignoreFailure);
  });
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  const ticket = formatTicket({ endpointId: endpoint.id, ...endpoint.addr.get(), broadcastName: 'good' });
  process.stdout.write(`${JSON.stringify({ webSocket: `ws://127.0.0.1:${port}`, ticket })}\n`);
}

/** Opens every kind of stream that a reader can open, for each announced broadcast. */
function readAnnounced(): void {
  origin.watch(Path.empty(), ({ current }) => {
    if (!current) return;
    void current.source.resolveTrackInfo('info').catch(ignoreFailure);
    void current.source.fetchGroup('fetched', 0).catch(ignoreFailure);
    void readAll(current.source.subscribe('video')).catch(ignoreFailure);
  });
}

async function dial(to: string): Promise<void> {
  const transport: Transport = to.startsWith('ws:')
    ? await dialWebSocket(new URL(to), new AbortController().signal)
    : await endpoint.connect(parseTicket(to));
  await Session.connect(transport, options);
}

async function readAll(track: Track.Subscriber): Promise<void> {
  for (;;) {
    const group = await track.recvGroup();
    if (!group) return;
    void (async () => {
      while (await group.readFrame());
    })().catch(ignoreFailure);
  }
}

if (addresses.length === 0) await listen();
else {
  readAnnounced();
  for (const address of addresses) await dial(address);
  process.stdout.write(`${JSON.stringify({ connected: true })}\n`);
}
