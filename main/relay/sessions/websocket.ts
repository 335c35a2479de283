import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { sleep } from '../../../common/base/sleep.ts';
import type { MediaSocket } from '../../../common/bridge/bridge.ts';
import { log } from '../../base/log.ts';
import { acceptForeignQmux, chooseSubprotocol } from '../../transport/qmux.ts';
import { MAX_RECORD_BYTES } from '../../transport/record-guard.ts';
import type { Admission, AdmittedSession } from './sessions.ts';

/** How long a client may take to answer the closing handshake before its socket is destroyed, in ms. */
const CLOSE_MS = 1_000;
/** How often `close` checks whether all clients have answered, in ms. */
const CLOSE_CHECK_MS = 20;

/** Options for a `WebSocketAcceptor`: its stream limit and session handler. */
interface WebSocketAcceptorOptions {
  /** Maximum number of concurrent streams of each kind that a client may open. */
  maxStreams: number;
  /** Runs a session until it ends. */
  run: (admitted: AdmittedSession) => Promise<void>;
}

/**
 * Upgrades HTTP requests to MoQ sessions over WebSocket. It uses qmux with the subprotocols of moq-relay and the MoQ
 * libraries.
 */
export class WebSocketAcceptor {
  readonly #options: WebSocketAcceptorOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: MAX_RECORD_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => chooseSubprotocol(offered) ?? false,
  });

  constructor(options: WebSocketAcceptorOptions) {
    this.#options = options;
  }

  /** Whether the request offers a supported subprotocol. */
  canAccept(request: IncomingMessage): boolean {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
    return chooseSubprotocol(offered) !== undefined;
  }

  /** Upgrades the connection and runs a session on it. Takes ownership of the connection and the slot. */
  accept(request: IncomingMessage, connection: Duplex, head: Buffer, admission: Admission): void {
    // If the client disconnected during authorization, the `close` event that would release the slot has already
    // fired.
    if (connection.destroyed) {
      admission.release();
      return;
    }
    const { socket } = request;
    let upgraded = false;
    connection.once('close', () => {
      if (!upgraded) admission.release();
    });
    const before = { sent: socket.bytesWritten, received: socket.bytesRead };
    this.#server.handleUpgrade(request, connection, head, (webSocket) => {
      upgraded = true;
      webSocket.on('error', (error) => log.debug(`websocket ${admission.client}: ${error.message}`));
      // The types differ only because `ws` defines its own event classes.
      const mediaSocket = webSocket as unknown as MediaSocket;
      corkWrites(webSocket, connection);
      const { maxStreams, run } = this.#options;
      void run({
        ...admission,
        kind: 'websocket',
        transport: acceptForeignQmux(mediaSocket, { maxStreams }),
        bytes: () => ({
          sent: socket.bytesWritten - before.sent,
          received: socket.bytesRead - before.received,
        }),
      }).finally(() => terminateLater(webSocket));
    });
  }

  /** Waits half a second for the closing handshakes of ended sessions, then destroys all open sockets. */
  async close(): Promise<void> {
    const { clients } = this.#server;
    const deadline = performance.now() + CLOSE_MS / 2;
    while (clients.size > 0 && performance.now() < deadline) {
      await sleep(CLOSE_CHECK_MS);
    }
    for (const webSocket of clients) webSocket.terminate();
    this.#server.close();
  }
}

/**
 * Sends all messages from one event loop turn with a single system call, because a group consists of several
 * small messages.
 */
function corkWrites(webSocket: WebSocket, connection: Duplex): void {
  const send = webSocket.send.bind(webSocket) as (...args: unknown[]) => void;
  let corked = false;
  const uncork = () => {
    corked = false;
    connection.uncork();
  };
  webSocket.send = (...args: unknown[]) => {
    if (!corked) {
      corked = true;
      connection.cork();
      setImmediate(uncork);
    }
    send(...args);
  };
}

/** Waits for the client of an ended session to finish the closing handshake, then destroys its socket. */
function terminateLater(webSocket: WebSocket): void {
  const timer = setTimeout(() => webSocket.terminate(), CLOSE_MS);
  timer.unref();
  webSocket.once('close', () => clearTimeout(timer));
}
