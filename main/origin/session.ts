import { type Broadcast, Connection, type Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { log } from '../base/log.ts';
import { Allowance } from '../base/token-bucket.ts';
import { boundInflow } from '../moq/inflow.ts';
import { type PathRequest, type Server, tapRequests } from '../moq/requests.ts';
import { StallGuard } from '../moq/stream-shedding.ts';
import { serve } from '../moq/subscription-server.ts';
import { isServed } from '../moq/subscription-wire.ts';
import { Aliases } from './aliases.ts';
import { ANNOUNCEMENTS_PER_S, type Flood, Follower, MAX_ANNOUNCED } from './announcement-subscriber.ts';
import { type Grants, readableAs, readableFrom } from './grants.ts';
import { Offers } from './offers.ts';
import type { Origin, OriginEvent } from './origin.ts';

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
  /** What the other side asked for before the session began: it counts as asked for as long as the session lasts. */
  asks?: Path.Valid;
  /**
   * Where on the Origin a path is that the grants do not show: one that the session sees only because it asked for
   * it, such as a ticket that must not be told to others, or another spelling of one. Undefined where it sees nothing.
   */
  aliasOf?: (path: Path.Valid) => Path.Valid | undefined;
  /** Broadcasts that the other side may have announced at once; `MAX_ANNOUNCED` by default. */
  maxAnnounced?: number;
  /** Told of each prefix below which the other side wants to hear of broadcasts: what it takes from this session. */
  onInterest?: (prefix: Path.Valid) => void;
  /** Told when the session is closed for having announced more, or too often. */
  onFlood?: (how: Flood) => void;
  /** Where it is told what the other side does wrong; the log by default. */
  warn?: (line: string) => void;
  /** Told once of a broadcast that is not taken for its path. */
  onUnfit?: () => void;
}

/** Codes with which this side closes a session: 0 is an ordinary end. */
const CLOSE_NORMAL = 0;
const CLOSE_FLOOD = 2;
const CLOSE_STUCK = 6;

/** One MoQ session attached to the Origin: it publishes what it was granted to, and reads what it was granted to. */
export class Session {
  readonly scope = new Scope();
  readonly label: string;
  /** Of each announcement of the other side's, and each end of one. */
  readonly announcements: Allowance;
  readonly #transport: Transport;
  readonly #options: SessionOptions;
  readonly #offers: Offers;
  /** What the grants started, to be stopped when they change. */
  readonly #watches = new Set<() => void>();
  readonly #aliases: Aliases;
  readonly #attached = Promise.withResolvers<void>();
  #grants: Grants;
  #established: Connection.Established | undefined;
  #follower: Follower | undefined;
  #toldUnfit = false;

  private constructor(transport: Transport, options: SessionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#grants = options.grants;
    this.label = options.label;
    this.announcements = new Allowance(2 * this.maxAnnounced, ANNOUNCEMENTS_PER_S);
    this.#offers = new Offers({
      origin: options.origin,
      reader: this,
      sees: (path, seenAs) => readableAs(this.#grants, path) === seenAs || this.#aliases.get(seenAs) === path,
      publish: (seenAs, forward) => this.established.publish(seenAs, forward),
    });
    this.#aliases = new Aliases(options.origin, (seenAs, event) => this.#offers.show(seenAs, event));
    this.scope.own(() => this.#aliases.close());
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
    this.#offers.review();
    this.#applyGrants();
  }

  /** Publishes on this session what it is not offered by its grants. */
  publish(path: Path.Valid, broadcast: Broadcast.Producer): void {
    this.established.publish(path, broadcast);
  }

  /** Broadcasts that the other side may have announced at once. */
  get maxAnnounced(): number {
    return this.#options.maxAnnounced ?? MAX_ANNOUNCED;
  }

  /** Hears of a path that is not taken. Told once: a session that does this does it often. */
  unfit(why: string): void {
    if (this.#toldUnfit) return;
    this.#toldUnfit = true;
    this.#warn(`${this.label}: announced a broadcast ${why}; it is not taken`);
    this.#options.onUnfit?.();
  }

  /** Ends the session with a peer that announced more than it may. */
  async flooded(how: Flood = 'announcements'): Promise<void> {
    const what =
      how === 'announcements' ? `more than ${this.maxAnnounced} broadcasts` : 'broadcasts too often';
    this.#warn(`${this.label}: announced ${what}; closed`);
    this.#options.onFlood?.(how);
    await this.close(
      how === 'announcements' ? 'too many announcements' : 'announcements too often',
      CLOSE_FLOOD,
    );
  }

  #warn(line: string): void {
    (this.#options.warn ?? log.warn)(line);
  }

  /** The transport with its requests listened to, its group streams bounded, and stalled ones reset. */
  #guard(): WebTransport {
    const inner = this.#transport;
    const onStuck = () => void this.close('too slow: nothing is read', CLOSE_STUCK);
    const stall = new StallGuard(this.scope, (options) => inner.createUnidirectionalStream(options), {
      onStuck,
    });
    const requests = tapRequests(
      inner.incomingBidirectionalStreams,
      (request) => this.#wanted(request),
      async ({ kind, path }) => (kind === 'subscribe' ? this.#server(path, stall) : undefined),
    );
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

  /** What serves a subscription of the Origin's. What else is published on the session is the library's to serve. */
  async #server(path: Path.Valid, streams: StallGuard): Promise<Server | undefined> {
    await this.#attached.promise;
    const { version } = this.established;
    if (!isServed(version) || !this.#offers.find(path)) return undefined;
    const find = (wanted: Path.Valid) => this.#offers.find(wanted);
    return (stream) => void serve(stream, { version, find, streams });
  }

  async #wanted(request: PathRequest): Promise<void> {
    const { onWant, onInterest, aliasOf } = this.#options;
    if (request.kind === 'announce') onInterest?.(request.path);
    const grants = this.#grants;
    const alias = aliasOf?.(request.path);
    if (alias !== undefined) {
      await this.#attached.promise;
      if (!this.#aliases.add(request.path, alias, request.ended)) return;
    }
    const path = alias ?? readableFrom(grants, request.path);
    if (path === undefined) return;
    if (alias === undefined && (!grants.pull || !onWant)) return;
    const answered = grants.pull ? onWant?.(path, request.ended) : undefined;
    // An announcement may come any time later; only a read is answered once and for all.
    if (request.kind === 'announce') return;
    await answered;
    // The library looks at what this session was offered, one step after the Origin has it.
    await this.#offers.shown(request.path, path);
  }

  #attach(established: Connection.Established): void {
    this.#established = established;
    this.#attached.resolve();
    const ended = () => void this.close();
    this.#transport.closed.then(ended, ended);
    this.scope.own(() => established.close());
    this.scope.own(() => this.#offers.close());
    this.scope.own(() => {
      for (const unwatch of this.#watches) unwatch();
      this.#watches.clear();
      this.#follower?.follow([]);
    });
    this.#follower = new Follower(this, this.#options.origin);
    this.#applyGrants();
    const { asks } = this.#options;
    if (asks === undefined) return;
    this.#wanted({ kind: 'announce', path: asks, ended: this.scope.signal }).catch((error: unknown) =>
      log.info(`${this.label}: what it asked for cannot be had: ${messageOf(error)}`),
    );
  }

  #applyGrants(): void {
    const { read, publish } = this.#grants;
    for (const { origin: prefix } of read) {
      this.#watches.add(this.#options.origin.watch(prefix, (event) => this.#offer(event)));
    }
    this.#follower?.follow(publish);
  }

  #offer(event: OriginEvent): void {
    const seenAs = readableAs(this.#grants, event.path);
    if (seenAs !== undefined) this.#offers.show(seenAs, event);
  }
}

/** moq-net wants a URL for its logs; over these transports there is none. */
const SESSION_URL = new URL('moq://session/');
