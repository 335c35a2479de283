import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Session from '@moq/qmux';
import WebSocket, { WebSocketServer } from 'ws';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import type { Transport } from '../../main/origin/session.ts';
import { QMUX_LIMITS } from '../../main/transport/qmux.ts';
import type { AttackVersion } from './attack-session.ts';
import { startHostilePeer } from './hostile.ts';
import { INSPECTOR_ENV, LoadMeter } from './load-meter.ts';
import { type Program, run } from './processes.ts';
import { waitFor } from './wait.ts';
import { dialTestWebTransport, listenWebTransport } from './web-transport-peers.ts';

/**
 * A transport over which a process is attacked. `window` is the WebSocket that the browser host accepts from its window: the
 * app never dials it.
 */
export type AttackKind = 'WebSocket' | 'iroh' | 'WebTransport' | 'window';

/** Adds a resource that is closed after the test. */
type Own = (opened: { close(): unknown }) => void;

const CHILD = fileURLToPath(new URL('./attacked-child.ts', import.meta.url));
/**
 * The path of Node's executable. If Node runs with a newer C library, `process.execPath` is that library's
 * loader instead.
 */
const NODE = process.env.NODE_PROGRAM ?? process.execPath;
const NEWER_C_LIBRARY = process.env.NEWER_C_LIBRARY;

/** A process that runs attacked-child.ts, with a meter for its load. */
export interface AttackedProcess {
  program: Program;
  meter: LoadMeter;
  /**
   * The process's address for each transport; empty for WebTransport if the process does not have the addon.
   */
  addresses: Record<AttackKind, string>;
  /** Makes the process open a session to an address that `listenAsAttacker` returned. */
  dial(address: string): void;
}

/** Starts attacked-child.ts. `addon` must be true if the process is to use WebTransport. */
export async function startAttackedProcess({ addon = false } = {}): Promise<AttackedProcess> {
  const lines: AttackedProcess['addresses'][] = [];
  const [program = NODE, ...before] = addon && NEWER_C_LIBRARY ? [NEWER_C_LIBRARY, NODE] : [NODE];
  const args = [...before, CHILD, ...(addon ? ['--web-transport'] : [])];
  const running = run(program, args, { env: INSPECTOR_ENV, stdin: 'pipe' });
  running.onLine((line) => lines.push(JSON.parse(line)));
  const addresses = await waitFor('the attacked process', () => {
    if (running.child.exitCode !== null) throw new Error(running.stderr());
    return lines[0];
  });
  const meter = await LoadMeter.open(running);
  const dial = (address: string) => void running.child.stdin?.write(`${address}\n`);
  return { program: running, meter, addresses, dial };
}

/** The name of a version on transports that name it. Over WebSocket, SETUP messages negotiate version 02. */
const protocolOf = (version: AttackVersion): string => (version === 2 ? 'moql' : `moq-lite-0${version}`);

/** Whether SETUP messages negotiate a version on a transport. */
export const negotiates = (kind: AttackKind, version: AttackVersion): boolean =>
  kind === 'WebTransport' || version === 2;

/** Opens a transport as a client, without this product's checks. */
export async function dialAsAttacker(
  kind: AttackKind,
  version: AttackVersion,
  address: string,
  own: Own,
): Promise<Transport> {
  if (kind === 'WebTransport') return dialTestWebTransport(address);
  if (kind === 'iroh') {
    const options = { secretKey: randomBytes(32), bind: '127.0.0.1:0', relay: 'disabled' };
    const endpoint = await LiveEndpoint.open({ ...options, alpns: [protocolOf(version)] });
    own(endpoint);
    return endpoint.connect(parseTicket(address));
  }
  return dialRawWebSocket(address, version, own);
}

/**
 * Opens a transport over WebSocket, without this product's checks.
 * @param address a URL that starts with `ws:` or `http:`
 * @param localAddress the IP address to connect from
 */
export async function dialRawWebSocket(
  address: string,
  version: AttackVersion,
  own: Own,
  localAddress?: string,
): Promise<Transport> {
  const socket = openRawWebSocket(address, version, own, localAddress);
  const session = new Session(socket as unknown as MediaSocket, QMUX_LIMITS);
  session.closed.catch(() => undefined);
  await session.ready;
  return session;
}

/** Starts to open a WebSocket for the attacker's own records. See `dialRawWebSocket`. */
export function openRawWebSocket(
  address: string,
  version: AttackVersion,
  own: Own,
  localAddress?: string,
): WebSocket {
  const url = address.replace(/^http/, 'ws');
  const options = localAddress === undefined ? {} : { localAddress };
  const socket = new WebSocket(url, [`qmux-02.${protocolOf(version)}`], options);
  socket.on('error', () => undefined);
  own({ close: () => socket.terminate() });
  return socket;
}

/** Accepts transports as a server, without this product's checks. Returns the address to dial. */
export async function listenAsAttacker(
  kind: AttackKind,
  version: AttackVersion,
  onTransport: (transport: Transport) => void,
  own: Own,
): Promise<string> {
  if (kind === 'WebTransport') return listenWebTransport(onTransport);
  if (kind === 'iroh') {
    const peer = await startHostilePeer(({ transport }) => onTransport(transport), [protocolOf(version)]);
    own(peer);
    return peer.ticket;
  }
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: () => `qmux-02.${protocolOf(version)}`,
  });
  own({
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  });
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    const session = Session.accept(socket as unknown as MediaSocket, QMUX_LIMITS);
    session.closed.catch(() => undefined);
    void session.ready.then(() => onTransport(session));
  });
  await once(server, 'listening');
  const bound = server.address();
  return `ws://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
}
