import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { MediaSocket } from '../../../common/bridge/bridge.ts';
import {
  BRIDGE_PATH,
  MAX_FRAME_BYTES,
  MEDIA_PATH,
  MEDIA_SUBPROTOCOL,
} from '../../../common/bridge/frames.ts';
import { MAX_MESSAGE_BYTES } from '../../../common/bridge/media-port.ts';
import { log } from '../../base/log.ts';
import type { WindowHub } from '../window-hub.ts';
import type { BrowserAuth } from './browser-auth.ts';

/** A window has one bridge and a few media sessions; several tabs and reloads fit. */
const MAX_SOCKETS = 64;
/** A tab that was killed is noticed within two of these. */
const HEARTBEAT_MS = 15_000;
/** A window that does not read its events is cut off rather than buffered for. */
const MAX_BRIDGE_BACKLOG_BYTES = 8 * 1024 * 1024;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

export interface BrowserSocketsOptions {
  auth: BrowserAuth;
  hub: WindowHub;
  attachMedia(socket: MediaSocket): void;
  heartbeatMs?: number;
  maxSockets?: number;
}

/** The two WebSockets of the browser host: the bridge, and the media channel. */
export class BrowserSockets {
  readonly #options: BrowserSocketsOptions;
  readonly #bridges = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
  });
  readonly #media = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(MEDIA_SUBPROTOCOL) ? MEDIA_SUBPROTOCOL : false),
  });
  /** Open sockets, and whether each has answered since the last heartbeat. */
  readonly #alive = new Map<WebSocket, boolean>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(options: BrowserSocketsOptions) {
    this.#options = options;
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs ?? HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Takes over the connection of an upgrade request. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    connection.on('error', (error) => log.debug('browser host: connection lost: %s', error.message));
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      connection.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    if (this.#pathOf(request) === MEDIA_PATH) {
      this.#media.handleUpgrade(request, connection, head, (socket) => this.#openMedia(socket));
    } else {
      this.#bridges.handleUpgrade(request, connection, head, (socket) => this.#openBridge(socket));
    }
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const socket of this.#alive.keys()) socket.close(GOING_AWAY, 'the application ends');
    this.#bridges.close();
    this.#media.close();
  }

  /** Ends what `close` asked to end and did not. */
  terminate(): void {
    for (const socket of this.#alive.keys()) socket.terminate();
  }

  /** Why the upgrade is refused, as an HTTP status; null when it is not. */
  #refusal(request: IncomingMessage): string | null {
    const { auth, maxSockets } = this.#options;
    const path = this.#pathOf(request);
    if (!auth.hostAllowed(request)) return '421 Misdirected Request';
    if (!auth.originAllowed(request) || !auth.cookieAllowed(request)) return '403 Forbidden';
    if (path !== BRIDGE_PATH && path !== MEDIA_PATH) return '404 Not Found';
    if (path === MEDIA_PATH && !offers(request, MEDIA_SUBPROTOCOL)) return '400 Bad Request';
    return this.#alive.size >= (maxSockets ?? MAX_SOCKETS) ? '503 Service Unavailable' : null;
  }

  /** Relative to the page; null for what lies outside of it. */
  #pathOf(request: IncomingMessage): string | null {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    return this.#options.auth.below(path)?.slice(1) ?? null;
  }

  #openBridge(socket: WebSocket): void {
    this.#track(socket);
    const { session, leave } = this.#options.hub.join({
      send: (frame) => {
        if (socket.bufferedAmount > MAX_BRIDGE_BACKLOG_BYTES) socket.terminate();
        else socket.send(JSON.stringify(frame));
      },
      onViolation: (reason) => {
        log.warn('browser host: a bridge is closed: %s', reason);
        socket.close(POLICY_VIOLATION, reason);
      },
    });
    socket.on('message', (data, isBinary) => session.receive(isBinary ? null : parseJson(String(data))));
    socket.once('close', leave);
  }

  #openMedia(socket: WebSocket): void {
    this.#track(socket);
    // The same members with narrower types: `ws` names its own event classes.
    this.#options.attachMedia(socket as unknown as MediaSocket);
  }

  #track(socket: WebSocket): void {
    this.#alive.set(socket, true);
    socket.on('pong', () => this.#alive.set(socket, true));
    socket.on('error', (error) => log.debug('browser host: socket: %s', error.message));
    socket.once('close', () => this.#alive.delete(socket));
  }

  #beat(): void {
    for (const [socket, alive] of this.#alive) {
      if (!alive) {
        socket.terminate();
        continue;
      }
      this.#alive.set(socket, false);
      socket.ping();
    }
  }
}

function offers(request: IncomingMessage, protocol: string): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((one) => one.trim() === protocol);
}

/** Null, which is no frame, for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
