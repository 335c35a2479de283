import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { once } from '../../../common/base/once.ts';
import { RELAY_TOKEN_PARAM } from '../../../common/relay/relay-api.ts';
import type { IncomingPeer } from '../../endpoint/endpoint.ts';
import { clientOfPeer } from '../../network/peer-client.ts';
import { type Access, AuthError, type Authorizer } from '../access/auth.ts';
import { ADDRESS_TOKEN_PARAM, type AddressTokens, clientOfRequest } from '../access/client-identity.ts';
import type { OnRefused, RefusalReason } from '../access/limits.ts';
import { publisherIds } from '../access/publisher-identity.ts';
import type { AccessLog, AccessRequest, EndAccess } from '../http/access-log.ts';
import { refuseUpgrade } from '../http/http-server.ts';
import { requestUrl } from '../http/request.ts';
import { CLOSE_TOO_MANY, type RelaySessions } from './sessions.ts';
import type { AdmissionDecision } from './web-transport-server.ts';
import { WebSocketAcceptor } from './websocket.ts';

/** The parts of the relay that `SessionAdmission` uses. */
interface SessionAdmissionOptions {
  auth: Authorizer;
  sessions: RelaySessions;
  /** Maximum number of concurrent streams of each kind that a WebSocket client may open. */
  maxStreams: number;
  /** Whether the last address in X-Forwarded-For is used as the client's address. */
  trustProxy: boolean;
  addressTokens: AddressTokens;
  onRefused: OnRefused;
  /** Logs requests for sessions; null if they are not logged. */
  accessLog: AccessLog | null;
}

/** Admits sessions over every transport: authorizes the client, reserves a slot, and runs the session. */
export class SessionAdmission {
  readonly #options: SessionAdmissionOptions;
  readonly #webSockets: WebSocketAcceptor;

  constructor(options: SessionAdmissionOptions) {
    this.#options = options;
    this.#webSockets = new WebSocketAcceptor({
      maxStreams: options.maxStreams,
      run: (admitted) => options.sessions.run(admitted),
    });
  }

  /** Closes the WebSockets that are still open. */
  close(): Promise<void> {
    return this.#webSockets.close();
  }

  /** Decides whether to admit a WebTransport session. The address token in its URL identifies the client. */
  async admitWebTransport(url: URL): Promise<AdmissionDecision> {
    const { sessions, addressTokens } = this.#options;
    const client = addressTokens.verify(url.searchParams.get(ADDRESS_TOKEN_PARAM));
    const logEnd = this.#logged({ kind: 'webtransport', url, client });
    const refused = (status: number): AdmissionDecision => {
      logEnd(status);
      return { status };
    };
    const access = await this.#authorize(url, client);
    if (access instanceof AuthError) return refused(statusOfAuthError(access));
    const slot = sessions.reserve(client);
    if (typeof slot === 'string') return refused(statusOfRefusal(slot));
    const release = releaseAndLog(slot, () => logEnd(200));
    return {
      release,
      run: (transport) =>
        sessions.run({
          kind: 'webtransport',
          client,
          access,
          publisher: publisherIds({ client, token: access.token }),
          requestedPath: requestedPathOf(url),
          release,
          transport,
          bytes: () => transport.bytes,
        }),
    };
  }

  /** Upgrades an HTTP request to a WebSocket session, or refuses it with an HTTP status. */
  async admitWebSocket(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
    const { sessions, trustProxy, onRefused } = this.#options;
    const url = requestUrl(request);
    const client = clientOfRequest(request, trustProxy);
    const logEnd = this.#logged({ kind: 'websocket', url: url ?? null, client });
    const refuse = (status: number, message: string): void => {
      logEnd(status);
      refuseUpgrade(connection, status, message);
    };
    if (!url || !this.#webSockets.canAccept(request)) {
      onRefused('request', client);
      return refuse(400, 'no supported subprotocol');
    }
    const access = await this.#authorize(url, client);
    if (access instanceof AuthError) return refuse(statusOfAuthError(access), access.message);
    const slot = sessions.reserve(client);
    if (typeof slot === 'string') return refuse(statusOfRefusal(slot), `too many: ${slot}`);
    const release = releaseAndLog(slot, () => logEnd(101));
    const requestedPath = requestedPathOf(url);
    const publisher = publisherIds({ client, token: access.token });
    this.#webSockets.accept(request, connection, head, { client, access, publisher, requestedPath, release });
  }

  /** Runs a session over an iroh connection, or closes the connection. iroh peers have no token. */
  async admitPeer(peer: IncomingPeer): Promise<void> {
    const { transport } = peer;
    const { sessions } = this.#options;
    const client = clientOfPeer(peer);
    const logEnd = this.#logged({ kind: 'iroh', url: null, client });
    const refuse = (status: number, closeCode: number, reason: string): void => {
      logEnd(status);
      transport.close({ closeCode, reason });
    };
    const access = await this.#authorize(IROH_URL, client);
    if (access instanceof AuthError) return refuse(statusOfAuthError(access), 1, access.message);
    const slot = sessions.reserve(client);
    if (typeof slot === 'string') return refuse(statusOfRefusal(slot), CLOSE_TOO_MANY, `too many: ${slot}`);
    const release = releaseAndLog(slot, () => logEnd(200));
    await sessions.run({
      kind: 'iroh',
      client,
      access,
      publisher: publisherIds({ client, endpointId: peer.remoteId }),
      requestedPath: null,
      release,
      transport,
      bytes: () => {
        const { udpTxBytes, udpRxBytes } = transport.totals();
        return { sent: udpTxBytes, received: udpRxBytes };
      },
    });
  }

  #logged(request: AccessRequest): EndAccess {
    return this.#options.accessLog?.begin(request) ?? (() => undefined);
  }

  async #authorize(url: URL, client: string): Promise<Access | AuthError> {
    const { auth, onRefused } = this.#options;
    try {
      return await auth.authorize(url.pathname, tokenOf(url));
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      onRefused('token', client, error.message);
      return error;
    }
  }
}

/** Returns a function that releases a session's slot and logs that the session has ended or could not start. */
function releaseAndLog(release: () => void, logEnd: () => void): () => void {
  return once(() => {
    release();
    logEnd();
  });
}

/**
 * Stands for the URL of an iroh connection, which has none. The root is therefore the Origin's root, and there
 * is no token.
 */
const IROH_URL = new URL('moq://iroh/');

/**
 * Returns the `?name=` parameter, which names the broadcast that the session requests. The relay's pages use
 * the same parameter.
 */
const requestedPathOf = (url: URL): string | null => url.searchParams.get('name');

const tokenOf = (url: URL): string | undefined => url.searchParams.get(RELAY_TOKEN_PARAM) || undefined;

const statusOfAuthError = (error: AuthError): number => (error.reason === 'path' ? 400 : 401);
const statusOfRefusal = (refusal: RefusalReason): number => (refusal === 'sessions-per-client' ? 429 : 503);
