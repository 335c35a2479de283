import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RELAY_TOKEN_PARAM } from '../../common/relay/relay-api.ts';
import type { IncomingPeer } from '../endpoint/endpoint.ts';
import { type Access, AuthError, type Authorizer } from './auth.ts';
import { clientOfPeer, clientOfRequest, INTRODUCTION_PARAM, type Introductions } from './clients.ts';
import { refuseUpgrade } from './http.ts';
import type { OnRefused, Refusal } from './limits.ts';
import { CLOSE_TOO_MANY, type Sessions } from './sessions.ts';
import { urlOf } from './site.ts';
import type { Verdict } from './web-transport-server.ts';
import { WebSocketGate } from './websocket.ts';

/** The statuses that refuse a session over HTTP. */
const statusOf = (refusal: Refusal): number => (refusal === 'sessions-per-client' ? 429 : 503);

export interface DoorsOptions {
  auth: Authorizer;
  sessions: Sessions;
  maxStreams: number;
  trustProxy: boolean;
  introductions: Introductions;
  onRefused: OnRefused;
}

/** Lets sessions in over each transport: a token and a place first, then the session runs. */
export class Doors {
  readonly #options: DoorsOptions;
  readonly #webSockets: WebSocketGate;

  constructor(options: DoorsOptions) {
    this.#options = options;
    this.#webSockets = new WebSocketGate({
      maxStreams: options.maxStreams,
      run: (guest) => options.sessions.run(guest),
    });
  }

  /** Ends WebSockets that are still open. */
  close(): Promise<void> {
    return this.#webSockets.close();
  }

  /** WebTransport: the client is whom its address introduces. */
  async judge(url: URL): Promise<Verdict> {
    const { sessions, introductions } = this.#options;
    const client = introductions.read(url.searchParams.get(INTRODUCTION_PARAM));
    const access = await this.#authorize(url, client);
    if (access instanceof AuthError) return { status: access.reason === 'path' ? 400 : 401 };
    const release = sessions.enter(client);
    if (typeof release === 'string') return { status: statusOf(release) };
    return {
      release,
      run: (transport) =>
        sessions.run({
          kind: 'webtransport',
          client,
          access,
          asks: asked(url),
          release,
          transport,
          bytes: () => transport.bytes,
        }),
    };
  }

  async upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
    const { sessions, trustProxy, onRefused } = this.#options;
    const url = urlOf(request);
    if (!url || !this.#webSockets.understands(request)) {
      onRefused('request', clientOfRequest(request, trustProxy));
      return refuseUpgrade(connection, 400, 'no subprotocol that is known here');
    }
    const client = clientOfRequest(request, trustProxy);
    const access = await this.#authorize(url, client);
    if (access instanceof AuthError) {
      return refuseUpgrade(connection, access.reason === 'path' ? 400 : 401, access.message);
    }
    const release = sessions.enter(client);
    if (typeof release === 'string')
      return refuseUpgrade(connection, statusOf(release), `too many: ${release}`);
    this.#webSockets.accept(request, connection, head, { client, access, asks: asked(url), release });
  }

  async welcome(peer: IncomingPeer): Promise<void> {
    const { transport } = peer;
    const { sessions } = this.#options;
    const client = clientOfPeer(peer);
    const access = await this.#authorize(new URL('moq://iroh/'), client);
    if (access instanceof AuthError) return transport.close({ closeCode: 1, reason: access.message });
    const release = sessions.enter(client);
    if (typeof release === 'string') {
      return transport.close({ closeCode: CLOSE_TOO_MANY, reason: `too many: ${release}` });
    }
    await sessions.run({
      kind: 'iroh',
      client,
      access,
      asks: null,
      release,
      transport,
      bytes: () => {
        const { udpTxBytes, udpRxBytes } = transport.totals();
        return { sent: udpTxBytes, received: udpRxBytes };
      },
    });
  }

  async #authorize(url: URL, client: string): Promise<Access | AuthError> {
    const { auth, onRefused } = this.#options;
    try {
      const token = url.searchParams.get(RELAY_TOKEN_PARAM) || undefined;
      return await auth.authorize(url.pathname, token);
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      onRefused('token', client, error.message);
      return error;
    }
  }
}

/** The broadcast that a session's address names, as a page's does. */
const asked = (url: URL): string | null => url.searchParams.get('name');
