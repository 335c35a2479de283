/**
 * A process that a test attacks: an Origin with real sessions over WebSocket, iroh and WebTransport. It does
 * not limit clients, because other tests cover these limits.
 *
 * It publishes numbers as `good`, reads all other broadcasts that are announced to it, prints its addresses
 * as JSON, and accepts sessions. It dials each address that it reads from stdin, one per line: a ticket, a
 * WebSocket URL, or an `https:` URL for WebTransport with the hash of the certificate as its fragment. With
 * `--web-transport`, it also accepts WebTransport, which needs the addon.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Path, type Track } from 'moq-net';
import { WebSocketServer } from 'ws';
import { MEDIA_PROTOCOL, type MediaSocket } from '../../common/bridge/bridge.ts';
import { MEDIA_SUBPROTOCOL } from '../../common/bridge/frames.ts';
import { MAX_MESSAGE_BYTES } from '../../common/bridge/media-port.ts';
import { formatTicket, parseTicket } from '../../common/ticket/ticket.ts';
import { captureConsole } from '../../main/base/log.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { mount } from '../../main/origin/grants.ts';
import { Origin } from '../../main/origin/origin.ts';
import { Session, type Transport } from '../../main/origin/session.ts';
import type { SessionOptions } from '../../main/origin/session-options.ts';
import { acceptForeignQmux, acceptQmux, chooseSubprotocol } from '../../main/transport/qmux.ts';
import { MAX_RECORD_BYTES } from '../../main/transport/record-guard.ts';
import { dialWebSocket } from '../../main/transport/web-socket.ts';
import type { AttackKind } from './attacked-process.ts';
import { NO_ADMISSION_LIMITS } from './hostile.ts';
import { NumberedBroadcast } from './sessions.ts';
import { dialTestWebTransport, listenWebTransport } from './web-transport-peers.ts';

captureConsole();
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

/** Accepts sessions on each transport. Resolves to the address for each. */
async function listen(): Promise<Record<AttackKind, string>> {
  const accept = (transport: Transport) => void Session.accept(transport, options).catch(ignoreFailure);
  endpoint.onConnection((peer) => accept(peer.transport));
  const stranger = (socket: MediaSocket) => accept(acceptForeignQmux(socket, { maxStreams: 256 }));
  const window = (socket: MediaSocket) => accept(acceptQmux(socket, MEDIA_PROTOCOL));
  const [WebSocket, windowSocket] = await Promise.all([
    listenWebSocket(MAX_RECORD_BYTES, chooseSubprotocol, stranger),
    listenWebSocket(MAX_MESSAGE_BYTES, () => MEDIA_SUBPROTOCOL, window),
  ]);
  return {
    WebSocket,
    window: windowSocket,
    iroh: formatTicket({ endpointId: endpoint.id, ...endpoint.addr.get(), broadcastName: 'good' }),
    WebTransport: process.argv.includes('--web-transport') ? await listenWebTransport(accept) : '',
  };
}

/** Accepts WebSockets in the same way as a relay or the browser host. Resolves to the URL. */
async function listenWebSocket(
  maxPayload: number,
  choose: (offered: Set<string>) => string | undefined,
  onSocket: (socket: MediaSocket) => void,
): Promise<string> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    maxPayload,
    perMessageDeflate: false,
    handleProtocols: (offered) => choose(offered) ?? false,
  });
  server.on('connection', (socket) => {
    socket.on('error', ignoreFailure);
    onSocket(socket as unknown as MediaSocket);
  });
  await once(server, 'listening');
  const bound = server.address();
  return `ws://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
}

/** Opens every kind of stream that a reader can open, for each announced broadcast. */
function readAnnounced(): void {
  origin.watch(Path.empty(), ({ path, current }) => {
    // Nobody reads broadcasts that are announced only to flood this process.
    if (!current || path === 'good' || path.startsWith('flood')) return;
    void current.source.resolveTrackInfo('info').catch(ignoreFailure);
    void current.source.fetchGroup('fetched', 0).catch(ignoreFailure);
    void readAll(current.source.subscribe('video')).catch(ignoreFailure);
  });
}

async function dial(to: string): Promise<void> {
  await Session.connect(await dialTransport(to), options);
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

readAnnounced();
const commands = createInterface({ input: process.stdin });
commands.on('line', (address) => void dial(address).catch(ignoreFailure));
// stdin closes if the test ends without stopping this process.
commands.on('close', () => process.exit());
const numbers = new NumberedBroadcast();
origin.publish(Path.from('good'), numbers.producer.consume(), { by: {}, hasTrackInfo: false });
process.stdout.write(`${JSON.stringify(await listen())}\n`);
