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

/**
 * Maximum number of WebSockets. A window has one bridge and a few media channels, so the limit leaves room for
 * several tabs and reloads.
 */
const MAX_SOCKETS = 64;
/** Ping interval, in milliseconds. A killed tab is detected within two intervals. */
const HEARTBEAT_MS = 15_000;
/**
 * Maximum number of bytes buffered for a socket. A window that reads its events too slowly is disconnected at this
 * limit.
 */
const MAX_BRIDGE_BACKLOG_BYTES = 8 * 1024 * 1024;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/** The parts of the app that the browser host's WebSockets connect to. */
export interface BrowserSocketsOptions {
  auth: BrowserAuth;
  hub: WindowHub;
  attachMedia(socket: MediaSocket): void;
  heartbeatMs?: number;
  maxSockets?: number;
}

/** Manages the browser host's WebSockets, which carry bridges and media channels. */
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
  /** Maps each open socket to whether it has answered the last ping. */
  readonly #alive = new Map<WebSocket, boolean>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(options: BrowserSocketsOptions) {
    this.#options = options;
    this.#heartbeat = setInterval(() => this.#pingAll(), options.heartbeatMs ?? HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Handles an upgrade request: opens a WebSocket, or refuses it with an HTTP status. */
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

  /** Asks all sockets to close, and accepts no new ones. */
  close(): void {
    clearInterval(this.#heartbeat);
    for (const socket of this.#alive.keys()) socket.close(GOING_AWAY, 'the application is shutting down');
    this.#bridges.close();
    this.#media.close();
  }

  /** Terminates the sockets that are still open after `close`. */
  terminate(): void {
    for (const socket of this.#alive.keys()) socket.terminate();
  }

  /** Returns the HTTP status for refusing an upgrade request; null if the request is allowed. */
  #refusal(request: IncomingMessage): string | null {
    const { auth, maxSockets } = this.#options;
    const path = this.#pathOf(request);
    if (!auth.isHostAllowed(request)) return '421 Misdirected Request';
    if (!auth.isOriginAllowed(request) || !auth.hasCookie(request)) return '403 Forbidden';
    if (path !== BRIDGE_PATH && path !== MEDIA_PATH) return '404 Not Found';
    if (path === MEDIA_PATH && !offersSubprotocol(request, MEDIA_SUBPROTOCOL)) return '400 Bad Request';
    return this.#alive.size >= (maxSockets ?? MAX_SOCKETS) ? '503 Service Unavailable' : null;
  }

  /** Returns the request's path relative to the page; null if it is outside the page. */
  #pathOf(request: IncomingMessage): string | null {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    return this.#options.auth.pagePath(path)?.slice(1) ?? null;
  }

  #openBridge(socket: WebSocket): void {
    this.#track(socket);
    const { bridge, detach } = this.#options.hub.attach({
      send: (frame) => {
        if (socket.bufferedAmount > MAX_BRIDGE_BACKLOG_BYTES) socket.terminate();
        else socket.send(JSON.stringify(frame));
      },
      onViolation: (reason) => {
        log.warn('browser host: closing a bridge: %s', reason);
        socket.close(POLICY_VIOLATION, reason);
      },
    });
    socket.on('message', (data, isBinary) => bridge.receive(isBinary ? null : parseJson(String(data))));
    socket.once('close', detach);
  }

  #openMedia(socket: WebSocket): void {
    this.#track(socket);
    // The two socket types differ only in their event classes, which `ws` defines itself.
    this.#options.attachMedia(socket as unknown as MediaSocket);
  }

  #track(socket: WebSocket): void {
    this.#alive.set(socket, true);
    socket.on('pong', () => this.#alive.set(socket, true));
    socket.on('error', (error) => log.debug('browser host: socket: %s', error.message));
    socket.once('close', () => this.#alive.delete(socket));
  }

  /** Terminates the sockets that have not answered the last ping, and pings the others. */
  #pingAll(): void {
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

function offersSubprotocol(request: IncomingMessage, protocol: string): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((one) => one.trim() === protocol);
}

/** Parses JSON. If the text is not JSON, returns null, which is not a valid frame. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
