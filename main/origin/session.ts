import { type Broadcast, Connection, type Path } from 'moq-net';
import { messageOf } from '../../common/errors.ts';
import { Scope } from '../../common/scope.ts';
import { log } from '../log.ts';
import { Follower, MAX_ANNOUNCED } from './follow.ts';
import { Forward } from './forward.ts';
import { type Grants, readableAs, readableFrom } from './grants.ts';
import { boundInflow } from './inflow.ts';
import type { Origin, OriginEvent, Publication } from './origin.ts';
import { type PathRequest, tapRequests } from './requests.ts';
import { StallGuard } from './shed.ts';

/** A transport shaped like the browser's WebTransport; `protocol` is the ALPN or subprotocol. */
export type Transport = WebTransport & { readonly protocol?: string };

/** Told when the session asks for a path that it may read; awaited before the library answers. */
export type WantListener = (path: Path.Valid, ended: AbortSignal) => Promise<void> | void;

export interface SessionOptions {
  origin: Origin;
  grants: Grants;
  /** For logs: who is at the other end. */
  label: string;
  /** Called for each request when the grants allow to pull. */
  onWant?: WantListener;
}

/**
 * How long a path stays unpublished before another broadcast takes it over, in milliseconds: readers must see the
 * end of the first one, which the library tells only if it looks in between.
 */
const TAKEOVER_GAP_MS = 100;

/**
 * When the library is made to compare again what is published with what it announced, in milliseconds after a path was
 * published: it misses a path that comes while it still answers a request for announcements (moq-net 0.3.4,
 * lite/publisher.js, runAnnounce). That takes a moment as a rule, and up to a second on a machine that is busy.
 */
const ANNOUNCE_AGAIN_MS = [100, 1_000] as const;

/** Codes with which this side closes a session: 0 is an ordinary end. */
const CLOSE_NORMAL = 0;
const CLOSE_FLOOD = 2;

/** One MoQ session attached to the Origin: it publishes what it was granted to, and reads what it was granted to. */
export class Session {
  readonly scope = new Scope();
  readonly label: string;
  readonly #transport: Transport;
  readonly #options: SessionOptions;
  readonly #published = new Map<Path.Valid, { publication: Publication; forward: Forward }>();
  readonly #takeovers = new Map<Path.Valid, ReturnType<typeof setTimeout>>();
  /** What the grants started, to be stopped when they change. */
  readonly #watches = new Set<() => void>();
  #follower: Follower | undefined;
  #grants: Grants;
  #established: Connection.Established | undefined;
  #announceAgain: ReturnType<typeof setTimeout>[] = [];

  private constructor(transport: Transport, options: SessionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#grants = options.grants;
    this.label = options.label;
  }

  /** The server's half: for peers and windows that came to us. */
  static accept(transport: Transport, options: SessionOptions): Promise<Session> {
    return Session.#open(transport, options, (guarded, url) => Connection.accept(guarded, url));
  }

  /** The client's half: for peers that we dialled. */
  static connect(transport: Transport, options: SessionOptions, signal?: AbortSignal): Promise<Session> {
    return Session.#open(transport, options, (guarded, url) =>
      Connection.connect(url, signal ? { transport: guarded, signal } : { transport: guarded }),
    );
  }

  static async #open(
    transport: Transport,
    options: SessionOptions,
    handshake: (transport: WebTransport, url: URL) => Promise<Connection.Established>,
  ): Promise<Session> {
    const session = new Session(transport, options);
    try {
      await transport.ready;
      session.#attach(await handshake(session.#guard(), SESSION_URL));
    } catch (error) {
      await session.close(messageOf(error));
      throw error;
    }
    return session;
  }

  get established(): Connection.Established {
    if (!this.#established) throw new Error('session not established');
    return this.#established;
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** Ends the session; the peer sees the reason. Idempotent. */
  close(reason = '', code = CLOSE_NORMAL): Promise<void> {
    if (!this.scope.closed) {
      try {
        this.#transport.close({ closeCode: code, reason });
      } catch (error) {
        log.debug(`${this.label}: close: ${messageOf(error)}`);
      }
    }
    return this.scope.close();
  }

  /** From now on the session may do this and nothing else: what it no longer may read ends at its side. */
  regrant(grants: Grants): void {
    if (this.scope.closed) return;
    this.#grants = grants;
    for (const unwatch of this.#watches) unwatch();
    this.#watches.clear();
    for (const [seenAs, { publication, forward }] of [...this.#published]) {
      if (readableAs(grants, publication.path) === seenAs) continue;
      forward.close();
      this.#published.delete(seenAs);
    }
    this.#applyGrants();
  }

  /** Publishes on this session. Always by this: see `ANNOUNCE_AGAIN_MS`. */
  publish(path: Path.Valid, broadcast: Broadcast.Producer): void {
    this.established.publish(path, broadcast);
    for (const timer of this.#announceAgain) clearTimeout(timer);
    const again = () => {
      // One that ended meanwhile was such a change itself.
      if (!this.scope.closed && broadcast.closed.peek() === undefined)
        this.established.publish(path, broadcast);
    };
    this.#announceAgain = ANNOUNCE_AGAIN_MS.map((ms) => setTimeout(again, ms));
  }

  /** Ends the session with a peer that announced more than `MAX_ANNOUNCED`. */
  async flooded(): Promise<void> {
    log.warn(`${this.label}: announced more than ${MAX_ANNOUNCED} broadcasts; closed`);
    await this.close('too many announcements', CLOSE_FLOOD);
  }

  /** The transport with its requests listened to, its group streams bounded, and stalled ones reset. */
  #guard(): WebTransport {
    const inner = this.#transport;
    const stall = new StallGuard(this.scope, (options) => inner.createUnidirectionalStream(options));
    const requests = tapRequests(inner.incomingBidirectionalStreams, (request) => this.#wanted(request));
    const groups = boundInflow(inner.incomingUnidirectionalStreams);
    return new Proxy(inner, {
      get(target, key) {
        if (key === 'incomingBidirectionalStreams') return requests;
        if (key === 'incomingUnidirectionalStreams') return groups;
        if (key === 'createUnidirectionalStream') {
          return (options?: WebTransportSendStreamOptions) => stall.open(options);
        }
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  async #wanted(request: PathRequest): Promise<void> {
    const { onWant } = this.#options;
    const grants = this.#grants;
    if (!grants.pull || !onWant) return;
    const path = readableFrom(grants, request.path);
    if (path === undefined) return;
    const answered = onWant(path, request.ended);
    // An announcement may come any time later; only a read is answered once and for all.
    if (request.kind === 'announce') return;
    await answered;
    // The library looks at what this session was offered, one step after the Origin has it.
    await this.#offered(request.path, path);
  }

  async #offered(sessionPath: Path.Valid, originPath: Path.Valid): Promise<void> {
    const deadline = performance.now() + 10 * TAKEOVER_GAP_MS;
    while (
      this.#options.origin.get(originPath) &&
      !this.#published.has(sessionPath) &&
      !this.scope.closed &&
      performance.now() < deadline
    ) {
      await new Promise((resolve) => setTimeout(resolve, TAKEOVER_GAP_MS / 5));
    }
  }

  #attach(established: Connection.Established): void {
    this.#established = established;
    const ended = () => void this.close();
    this.#transport.closed.then(ended, ended);
    this.scope.own(() => established.close());
    this.scope.own(() => {
      for (const timer of this.#announceAgain) clearTimeout(timer);
    });
    this.scope.own(() => {
      for (const timer of this.#takeovers.values()) clearTimeout(timer);
      for (const { forward } of this.#published.values()) forward.close();
      this.#published.clear();
    });
    this.scope.own(() => {
      for (const unwatch of this.#watches) unwatch();
      this.#watches.clear();
      this.#follower?.follow([]);
    });
    this.#follower = new Follower(this, this.#options.origin);
    this.#applyGrants();
  }

  #applyGrants(): void {
    const { read, publish } = this.#grants;
    for (const { origin: prefix } of read) {
      this.#watches.add(this.#options.origin.watch(prefix, (event) => this.#offer(event)));
    }
    this.#follower?.follow(publish);
  }

  /** Offers the session what is at a path now, in place of what was there. */
  #offer({ path, current }: OriginEvent): void {
    const seenAs = readableAs(this.#grants, path);
    if (seenAs === undefined) return;
    const before = this.#published.get(seenAs);
    const after = current?.by === this ? undefined : current;
    if (before?.publication === after) return;
    if (before) {
      before.forward.close();
      this.#published.delete(seenAs);
    }
    const pending = this.#takeovers.get(seenAs);
    if (!before && !pending) {
      if (after) this.#show(seenAs, after);
      return;
    }
    clearTimeout(pending);
    const takeOver = () => {
      this.#takeovers.delete(seenAs);
      if (readableAs(this.#grants, path) !== seenAs) return;
      const newest = this.#options.origin.get(path);
      if (newest && newest.by !== this && !this.scope.closed) this.#show(seenAs, newest);
    };
    this.#takeovers.set(seenAs, setTimeout(takeOver, TAKEOVER_GAP_MS));
  }

  #show(path: Path.Valid, publication: Publication): void {
    const forward = new Forward(publication, this);
    this.#published.set(path, { publication, forward });
    this.publish(path, forward);
  }
}

/** moq-net wants a URL for its logs; over these transports there is none. */
const SESSION_URL = new URL('moq://session/');
