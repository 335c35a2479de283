import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import { MAX_MESSAGE_BYTES } from '../../common/bridge/media-port.ts';
import { log } from '../base/log.ts';
import { sleep } from '../base/sleep.ts';
import { acceptForeignQmux, chooseSubprotocol } from '../transport/qmux.ts';
import type { Guest } from './sessions.ts';

/** How long a client has to answer the end of its session before its socket is cut, in milliseconds. */
const CLOSE_MS = 1_000;
/** How often it is looked at whether all have answered, in milliseconds. */
const CLOSE_STEP_MS = 20;

/** A guest without what the socket brings. */
export type Admitted = Pick<Guest, 'client' | 'access' | 'asks' | 'release'>;

/** Upgrades requests to MoQ sessions over WebSocket: qmux, with the subprotocols of the MoQ libraries and moq-relay. */
export class WebSocketGate {
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => chooseSubprotocol(offered) ?? false,
  });
  readonly #maxStreams: number;
  readonly #run: (guest: Guest) => Promise<void>;

  constructor(options: { maxStreams: number; run: (guest: Guest) => Promise<void> }) {
    this.#maxStreams = options.maxStreams;
    this.#run = options.run;
  }

  /** Whether a request offers something that can be spoken; without subprotocols MoQ's SETUP tells. */
  understands(request: IncomingMessage): boolean {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
    return offered.every((one) => one === '') || chooseSubprotocol(offered) !== undefined;
  }

  /** Takes over the connection and the place. */
  accept(request: IncomingMessage, connection: Duplex, head: Buffer, admitted: Admitted): void {
    // Gone while its token was looked at: it will not close a second time.
    if (connection.destroyed) {
      admitted.release();
      return;
    }
    const { socket } = request;
    let opened = false;
    connection.once('close', () => {
      if (!opened) admitted.release();
    });
    const before = { sent: socket.bytesWritten, received: socket.bytesRead };
    this.#server.handleUpgrade(request, connection, head, (webSocket) => {
      opened = true;
      webSocket.on('error', (error) => log.debug(`websocket ${admitted.client}: ${error.message}`));
      // The same members with narrower types: `ws` names its own event classes.
      const media = webSocket as unknown as MediaSocket;
      gather(webSocket, connection);
      void this.#run({
        ...admitted,
        kind: 'websocket',
        transport: acceptForeignQmux(media, { maxStreams: this.#maxStreams }),
        bytes: () => ({
          sent: socket.bytesWritten - before.sent,
          received: socket.bytesRead - before.received,
        }),
      }).finally(() => cut(webSocket));
    });
  }

  /** Waits a moment for the goodbyes of sessions that have ended, and cuts what is still open. */
  async close(): Promise<void> {
    const { clients } = this.#server;
    const deadline = performance.now() + CLOSE_MS / 2;
    while (clients.size > 0 && performance.now() < deadline) {
      await sleep(CLOSE_STEP_MS);
    }
    for (const webSocket of clients) webSocket.terminate();
    this.#server.close();
  }
}

/** What is sent within one turn of the event loop goes to the system at once: a group is several small messages. */
function gather(webSocket: WebSocket, connection: Duplex): void {
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

/** The session is over: the socket gets a moment for its goodbye. */
function cut(webSocket: WebSocket): void {
  const timer = setTimeout(() => webSocket.terminate(), CLOSE_MS);
  timer.unref();
  webSocket.once('close', () => clearTimeout(timer));
}
