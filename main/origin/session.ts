import { type Broadcast, Connection, type Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { CLOSE_TAKEN_PATH } from '../../common/relay/relay-api.ts';
import { log } from '../base/log.ts';
import { TokenBucket } from '../base/token-bucket.ts';
import { isAnnouncedVersion } from '../moq/announcement-wire.ts';
import { installMoqWorkarounds } from '../moq/install.ts';
import type { PathRequest, RequestHandler } from '../moq/request-interceptor.ts';
import { Aliases } from './aliases.ts';
import { AnnouncementServer } from './announcement-server.ts';
import {
  ANNOUNCEMENTS_PER_S,
  AnnouncementSubscriber,
  type FloodKind,
  MAX_ANNOUNCED,
} from './announcement-subscriber.ts';
import { type Grants, toOriginPath, toSessionPath } from './grants.ts';
import { Offers } from './offers.ts';
import type { PublisherIds } from './path-owners.ts';
import type { SessionOptions } from './session-options.ts';
import { SessionStreams } from './session-streams.ts';
import { SessionView } from './session-view.ts';

/** A transport with the interface of the browser's WebTransport; `protocol` is the ALPN or subprotocol. */
export type Transport = WebTransport & { readonly protocol?: string };

/** Close codes that this side uses. 0 means a normal end. */
const CLOSE_NORMAL = 0;
const CLOSE_FLOOD = 2;
/** The start of the close reason for `CLOSE_TAKEN_PATH`. The path follows it. */
const TAKEN_PATH_REASON = 'another publisher uses this name';
/** Maximum length of a path in a close reason, in characters. */
const MAX_REASON_PATH_CHARS = 100;

/** A MoQ session attached to the Origin. It publishes and reads within its grants. */
export class Session {
  readonly scope = new Scope();
  readonly label: string;
  /** Rate limit on the peer's announcements and unannouncements. */
  readonly announcements: TokenBucket;
  readonly #transport: Transport;
  readonly #options: SessionOptions;
  /** The client whose limits on announcements apply. */
  readonly client: string;
  readonly #offers: Offers;
  readonly #aliases = new Aliases(() => this.#announcementServer.refresh());
  readonly #view: SessionView;
  readonly #announcementServer: AnnouncementServer;
  readonly #attached = Promise.withResolvers<void>();
  readonly #streams: SessionStreams;
  #grants: Grants;
  #established: Connection.Established | undefined;
  #announcementSubscriber: AnnouncementSubscriber | undefined;
  #rejectedPathReported = false;

  private constructor(transport: Transport, options: SessionOptions, isClient: boolean) {
    this.#transport = transport;
    this.#options = options;
    this.#grants = options.grants;
    this.label = options.label;
    this.announcements = new TokenBucket(2 * this.maxAnnounced, ANNOUNCEMENTS_PER_S);
    this.client = options.client ?? `session ${++sessionCount}`;
    const { origin } = options;
    const aliases = this.#aliases;
    this.#offers = new Offers({
      origin,
      reader: this,
      mayRead: (path, sessionPath) =>
        toSessionPath(this.#grants, path, sessionPath) === sessionPath || aliases.get(sessionPath) === path,
      publish: (sessionPath, broadcast) => this.established.publish(sessionPath, broadcast),
    });
    this.#streams = new SessionStreams({
      transport,
      isClient,
      scope: this.scope,
      findBroadcast: (path) => this.#offers.get(path),
      warn: (what) => this.#warn(`${this.label}: ${what}`),
      close: (reason, code) => void this.close(reason, code),
    });
    this.#view = new SessionView({ origin, reader: this, aliases, grants: () => this.#grants });
    this.#announcementServer = new AnnouncementServer({ origin, view: this.#view, client: this.client });
    this.scope.own(() => this.#announcementServer.close());
  }

  /** Opens a session as the server, for incoming connections of peers and windows. Rejects if the handshake fails. */
  static accept(transport: Transport, options: SessionOptions): Promise<Session> {
    return Session.#open(new Session(transport, options, false), (guarded, url) =>
      Connection.accept(guarded, url),
    );
  }

  /**
   * Opens a session as the client, for connections that this side dialed. Rejects if the handshake fails or `signal`
   * is aborted.
   */
  static connect(transport: Transport, options: SessionOptions, signal?: AbortSignal): Promise<Session> {
    return Session.#open(new Session(transport, options, true), (guarded, url) =>
      Connection.connect(url, signal ? { transport: guarded, signal } : { transport: guarded }),
    );
  }

  static async #open(
    session: Session,
    handshake: (transport: WebTransport, url: URL) => Promise<Connection.Established>,
  ): Promise<Session> {
    installMoqWorkarounds();
    try {
      await session.#transport.ready;
      session.#attach(await handshake(session.#guard(), SESSION_URL));
    } catch (error) {
      await session.close(messageOf(error));
      throw error;
    }
    return session;
  }

  /**
   * The moq-net connection.
   *
   * @throws Error before the handshake is complete
   */
  get established(): Connection.Established {
    if (!this.#established) throw new Error('session not established');
    return this.#established;
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** See `SessionStreams.groupBytes`. */
  get groupBytes(): { sent: number; received: number } {
    return this.#streams.groupBytes;
  }

  /** Closes the session with a reason and code that the peer receives. Idempotent. Never rejects. */
  close(reason = '', code = CLOSE_NORMAL): Promise<void> {
    if (!this.scope.closed) {
      try {
        this.#transport.close({ closeCode: code, reason });
      } catch (error) {
        log.debug(`${this.label}: closing the transport failed: ${messageOf(error)}`);
      }
    }
    return this.scope.close();
  }

  /** Replaces the session's grants. Broadcasts that the session may no longer read or publish are closed. */
  regrant(grants: Grants): void {
    if (this.scope.closed) return;
    this.#grants = grants;
    this.#offers.revokeUnreadable();
    this.#announcementServer.refresh();
    this.#announcementSubscriber?.setMounts(grants.publish);
  }

  /** Publishes a broadcast on this session only, outside the Origin and the grants. */
  publish(path: Path.Valid, broadcast: Broadcast.Producer): void {
    this.#view.add(path, broadcast, () => this.#announcementServer.refresh());
    this.established.publish(path, broadcast);
    this.#announcementServer.refresh();
  }

  get publisher(): PublisherIds | undefined {
    return this.#options.publisher;
  }

  /** Whether the peer reads a broadcast, or has requested announcements of one that may not exist yet. */
  get hasRequests(): boolean {
    return this.#announcementServer.hasRequests || this.#offers.isInUse;
  }

  /** Maximum number of broadcasts that the peer may announce at the same time. */
  get maxAnnounced(): number {
    return this.#options.maxAnnounced ?? MAX_ANNOUNCED;
  }

  /**
   * Reports a broadcast that was rejected because of its path. Only the first rejection is reported, because others
   * usually follow.
   */
  reportRejectedPath(why: string): void {
    if (this.#rejectedPathReported) return;
    this.#rejectedPathReported = true;
    this.#warn(`${this.label}: announced a broadcast ${why}; rejected`);
    this.#options.onPathRejected?.();
  }

  /** Reports a broadcast that is queued because its path belongs to another publisher. */
  reportTakenPath(path: Path.Valid): void {
    log.debug(`${this.label}: ${path} belongs to another publisher`);
    this.#options.onPathTaken?.(path);
  }

  /** Closes the session because all of its broadcasts are at paths that belong to other publishers. */
  closeForTakenPath(path: Path.Valid): Promise<void> {
    return this.close(`${TAKEN_PATH_REASON}: ${path.slice(0, MAX_REASON_PATH_CHARS)}`, CLOSE_TAKEN_PATH);
  }

  /** Closes the session because the peer announced too many broadcasts or changed them too often. */
  async closeForFlood(how: FloodKind = 'announcements'): Promise<void> {
    this.#warn(`${this.label}: announced ${FLOODS[how]}; closed`);
    this.#options.onFlood?.(how === 'announcement-rate' ? how : 'announcements');
    await this.close(
      how === 'announcement-rate' ? 'announcements too often' : 'too many announcements',
      CLOSE_FLOOD,
    );
  }

  #warn(line: string): void {
    (this.#options.warn ?? log.warn)(line);
  }

  #guard(): WebTransport {
    return this.#streams.guard({
      listener: (request) => this.#onRequest(request),
      selectHandler: async (request, server) => {
        await this.#attached.promise;
        return this.#announcementHandler(request) ?? server.handlerFor(request, this.established.version);
      },
    });
  }

  /** Returns the handler for an ANNOUNCE request, or undefined for other requests. @throws TooManyRequestsError */
  #announcementHandler(request: PathRequest): RequestHandler | undefined {
    const { version } = this.established;
    if (request.kind !== 'announce' || !isAnnouncedVersion(version)) return undefined;
    return this.#announcementServer.answer(request, version, publisherIdOf(this.established));
  }

  /**
   * Reports a request to the listeners. If the requested broadcast exists, a read request then publishes it to the
   * session.
   */
  async #onRequest(request: PathRequest): Promise<void> {
    const { onPathRequest, onAnnounceInterest, resolveAlias } = this.#options;
    if (request.kind === 'announce') onAnnounceInterest?.(request.path);
    const grants = this.#grants;
    const alias = resolveAlias?.(request.path);
    if (alias !== undefined) {
      await this.#attached.promise;
      if (!this.#aliases.add(request.path, alias, request.signal)) return;
    }
    const path = alias ?? toOriginPath(grants, request.path);
    if (path === undefined) return;
    const available = grants.pull ? onPathRequest?.(path, request.signal) : undefined;
    // Only a read request has to wait, because it is answered once; announcements may follow at any time.
    if (request.kind === 'announce') return;
    await Promise.all([available, this.#attached.promise]);
    this.#offers.request(request.path, path, request.signal);
  }

  #attach(established: Connection.Established): void {
    this.#established = established;
    this.#attached.resolve();
    const ended = () => void this.close();
    this.#transport.closed.then(ended, ended);
    this.scope.own(() => established.close());
    this.scope.own(() => this.#offers.close());
    this.scope.own(() => this.#announcementSubscriber?.setMounts([]));
    this.#announcementSubscriber = new AnnouncementSubscriber(this, this.#options.origin);
    this.#announcementSubscriber.setMounts(this.#grants.publish);
    const { initialInterest: path } = this.#options;
    if (path === undefined) return;
    this.#onRequest({ kind: 'announce', path, signal: this.scope.signal }).catch((error: unknown) =>
      log.info(`${this.label}: the initial request failed: ${messageOf(error)}`),
    );
  }
}

/** The part of the log message that says what the peer announced. */
const FLOODS: Record<FloodKind, string> = {
  announcements: 'too many broadcasts',
  'announcements-per-client': 'too many broadcasts together with the other sessions of its client',
  'announcements-in-total': 'a broadcast while the limit for all clients is reached',
  'announcement-rate': 'broadcasts too often',
};

let sessionCount = 0;

/** moq-net needs a URL for its logs, but these transports have none. */
const SESSION_URL = new URL('moq://session/');

/**
 * Returns the id that moq-net assigns to this side in a moq-lite session; 0 if there is none. It is not in
 * moq-net's types.
 */
function publisherIdOf(established: Connection.Established): bigint {
  const id: unknown = Reflect.get(established, 'origin');
  return typeof id === 'bigint' ? id : 0n;
}
