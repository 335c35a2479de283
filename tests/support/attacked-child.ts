/**
 * A process that a test attacks. It runs an Origin with real sessions over WebSocket, iroh and WebTransport. It does not
 * limit clients, because other tests cover these limits.
 *
 * `node attacked-child.ts` publishes numbers as `good`, prints its addresses as JSON and accepts sessions. With `--read`, it
 * also reads all announced broadcasts. With `--web-transport`, it also accepts WebTransport, which needs the addon.
 * `node attacked-child.ts ADDRESS…` dials instead, and reads all announced broadcasts. An address is a ticket, a WebSocket
 * URL, or an `https:` URL for WebTransport with the hash of the certificate as its fragment. With `--no-handshake`, it does not wait
 * until the sessions are negotiated.
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
import { Session, type Transport } from '../../main/origin/session.ts';
import type { SessionOptions } from '../../main/origin/session-options.ts';
import { acceptForeignQmux, chooseSubprotocol } from '../../main/transport/qmux.ts';
import { MAX_RECORD_BYTES } from '../../main/transport/record-guard.ts';
import { dialWebSocket } from '../../main/transport/web-socket.ts';
import { NO_ADMISSION_LIMITS } from './hostile.ts';
import { NumberedBroadcast } from './sessions.ts';
import { dialTestWebTransport, listenWebTransport } from './web-transport-peers.ts';

captureConsole();
const given = process.argv.slice(2);
const flags = new Set(given.filter((argument) => argument.startsWith('--')));
const addresses = given.filter((argument) => !flags.has(argument));
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
  limits: NO_ADMISSION_LIMITS,
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
  const webTransport = flags.has('--web-transport')
    ? await listenWebTransport((transport) => void Session.accept(transport, options).catch(ignoreFailure))
    : undefined;
  if (flags.has('--read')) readAnnounced();
  process.stdout.write(`${JSON.stringify({ webSocket: `ws://127.0.0.1:${port}`, ticket, webTransport })}\n`);
}

/** Opens every kind of stream that a reader can open, for each announced broadcast. */
function readAnnounced(): void {
  origin.watch(Path.empty(), ({ path, current }) => {
    // Nobody reads broadcasts that are announced only to flood this process.
    if (!current || path.startsWith('flood')) return;
    void current.source.resolveTrackInfo('info').catch(ignoreFailure);
    void current.source.fetchGroup('fetched', 0).catch(ignoreFailure);
    void readAll(current.source.subscribe('video')).catch(ignoreFailure);
  });
}

async function dial(to: string): Promise<void> {
  const session = Session.connect(await dialTransport(to), options);
  session.catch(ignoreFailure);
  if (!flags.has('--no-handshake')) await session;
}

async function dialTransport(to: string): Promise<Transport> {
  if (to.startsWith('ws:')) return dialWebSocket(new URL(to), new AbortController().signal);
  return to.startsWith('https:') ? dialTestWebTransport(to) : endpoint.connect(parseTicket(to));
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
