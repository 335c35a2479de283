import { Path } from 'moq-net';
import { messageOf } from '../../../common/base/errors.ts';
import { Scope } from '../../../common/base/scope.ts';
import { CLOSE_BANDWIDTH } from '../../../common/relay/relay-api.ts';
import type { RelayLimit } from '../../../common/relay/relay-refusal.ts';
import { isSharedClient } from '../../base/client-key.ts';
import { ConcurrencyLimiter, sharedClientLimit } from '../../base/concurrency-limiter.ts';
import { log } from '../../base/log.ts';
import { LruMap } from '../../base/lru-map.ts';
import { excerpt } from '../../base/option-values.ts';
import type { Grants } from '../../origin/grants.ts';
import type { Origin } from '../../origin/origin.ts';
import type { PublisherIds } from '../../origin/path-owners.ts';
import { Session, type Transport } from '../../origin/session.ts';
import { parseTicketPath } from '../../origin/ticket-path.ts';
import { type Access, grantsOf, hostedPath } from '../access/auth.ts';
import type { OnRefused, RefusalReason, RelayLimits } from '../access/limits.ts';
import { BandwidthLimiter, SAMPLE_MS, type Traffic } from './bandwidth-limiter.ts';
import { ACTIVE_BYTES_PER_S, selectIdleSession } from './idle-sessions.ts';
import { closeAt } from './session-expiry.ts';

/** A session's transport. The names are also the values of the metrics label `transport`. */
export type SessionKind = 'iroh' | 'webtransport' | 'websocket';

/** A client's permission to open a session, and the slot that the session uses. */
export interface Admission {
  /** The client whose limits apply. */
  client: string;
  access: Access;
  /** The publisher's ids from `publisherIds`. */
  publisher: PublisherIds;
  /** The broadcast that the session's URL requests with `?name=`: a ticket or a path. */
  requestedPath: string | null;
  /** Releases the slot from `RelaySessions.reserve`. */
  release: () => void;
}

/** An admitted session and its transport. */
export interface AdmittedSession extends Admission {
  kind: SessionKind;
  transport: Transport;
  /** Number of bytes sent and received since the session started. */
  bytes: () => { sent: number; received: number };
}

/** The parts of the relay that `RelaySessions` uses. */
interface RelaySessionsOptions {
  origin: Origin;
  /** The relay's own endpoint id. */
  localId: string;
  limits: RelayLimits;
  /** See `RelayPulls.pull`. */
  pull: (client: string, ticket: Path.Valid, ended: AbortSignal) => Promise<void>;
  /** Logs a protocol violation by a client. */
  warn: (line: string) => void;
  onOpened: (kind: SessionKind) => void;
  onRefused: OnRefused;
}

/**
 * The relay's close codes. `Session` also uses 0 for a normal end, 2 for too many announcements, 6 for a
 * client that reads too slowly, and `CLOSE_TAKEN_PATH` if other publishers own the paths of all of its
 * broadcasts.
 */
export const CLOSE_TOO_MANY = 2;
const CLOSE_IDLE = 4;
const SHUTDOWN_REASON = 'the relay is shutting down';

/** How long a client may take to complete the MoQ handshake before it is disconnected, in ms. */
const HANDSHAKE_MS = 10_000;
/**
 * Minimum time between a search that found no idle session and the next one, in ms. Without this limit, a
 * client that has used up its slots could cause a search with every request.
 */
const SEARCH_INTERVAL_MS = 1_000;
/** Maximum number of clients whose last failed search is remembered. */
const MAX_SEARCHES = 1_024;

interface Entry {
  admitted: AdmittedSession;
  session: Session | undefined;
  /** The session's total number of bytes in both directions at the last sample. */
  sampledBytes: number;
  readonly client: string;
  /** When the session became idle, from `performance.now()`. */
  idleSinceMs: number;
}

/**
 * The identity whose bandwidth limit applies: the client, or the individual session if the client is
 * unidentified.
 */
type Payer = string | Entry;

/** The relay's MoQ sessions over all transports. Reserves their slots, runs them, and enforces limits. */
export class RelaySessions {
  readonly #options: RelaySessionsOptions;
  readonly #scope = new Scope();
  readonly #limiter: ConcurrencyLimiter;
  readonly #bandwidth: BandwidthLimiter<Payer>;
  readonly #entries = new Set<Entry>();
  /**
   * Maps each client to the time of the last search that found no idle session of that client
   * (`performance.now()`). An empty key means a search of all sessions.
   */
  readonly #searchedAtMs = new LruMap<number>(MAX_SEARCHES);
  /** Bytes sent and received by sessions that have ended. */
  #pastBytes = { sent: 0, received: 0 };

  constructor(options: RelaySessionsOptions) {
    this.#options = options;
    const { sessions, sessionsPerClient } = options.limits;
    const shared = sharedClientLimit(sessionsPerClient, sessions);
    this.#limiter = new ConcurrencyLimiter(sessions, sessionsPerClient, shared);
    this.#bandwidth = new BandwidthLimiter(options.limits);
    const timer = setInterval(() => this.#sample(), SAMPLE_MS);
    this.#scope.own(() => clearInterval(timer));
  }

  /** Number of open sessions, by transport. */
  get counts(): Record<SessionKind, number> {
    const counts = { iroh: 0, webtransport: 0, websocket: 0 };
    for (const { admitted } of this.#entries) counts[admitted.kind] += 1;
    return counts;
  }

  /** Bytes sent and received by all sessions since the relay started. */
  get bytes(): { sent: number; received: number } {
    const sum = { ...this.#pastBytes };
    for (const { admitted } of this.#entries) {
      const { sent, received } = admitted.bytes();
      sum.sent += sent;
      sum.received += received;
    }
    return sum;
  }

  /**
   * Reserves a slot for a session, and evicts an idle one if necessary. Returns the function that releases
   * the slot, or why the new session is refused.
   */
  reserve(client: string): (() => void) | RefusalReason {
    let release = this.#acquire(client);
    if (this.#hasRoomAfterEviction(release, client)) release = this.#acquire(client);
    if (typeof release === 'function') return release;
    this.#options.onRefused(release, client, `its session exceeds a limit (${release})`);
    return release;
  }

  /** Returns the limit that a new session of the client would exceed now; null if there is room. Reserves nothing. */
  limitFor(client: string): RelayLimit | null {
    const release = this.#acquire(client);
    if (typeof release === 'string') return release;
    release();
    return null;
  }

  /** Runs a session until it ends. Takes ownership of the transport and the slot. Never rejects. */
  async run(admitted: AdmittedSession): Promise<void> {
    const { transport, kind, client } = admitted;
    const idleSinceMs = performance.now();
    const entry: Entry = { admitted, client, session: undefined, sampledBytes: 0, idleSinceMs };
    this.#entries.add(entry);
    const disown = this.#scope.own(() => transport.close({ closeCode: 0, reason: SHUTDOWN_REASON }));
    try {
      await this.#serve(entry);
    } catch (error) {
      log.debug(`${kind} ${client}: ${messageOf(error)}`);
    } finally {
      disown();
      this.#entries.delete(entry);
      admitted.release();
      const { sent, received } = admitted.bytes();
      this.#pastBytes = { sent: this.#pastBytes.sent + sent, received: this.#pastBytes.received + received };
    }
  }

  /** Closes all sessions because the relay is shutting down. Idempotent. */
  async close(): Promise<void> {
    const sessions = [...this.#entries].flatMap(({ session }) => session ?? []);
    await Promise.all(sessions.map((session) => session.close(SHUTDOWN_REASON)));
    await this.#scope.close();
  }

  #acquire(client: string): (() => void) | RelayLimit {
    if (this.#scope.closed) return 'sessions';
    if (this.#bandwidth.isFull) return 'bandwidth';
    const release = this.#limiter.acquire(client);
    if (release === 'total') return 'sessions';
    return release === 'client' ? 'sessions-per-client' : release;
  }

  /** Evicts an idle session if that frees a slot for the client. Returns whether a session was evicted. */
  #hasRoomAfterEviction(refusal: (() => void) | RefusalReason, client: string): boolean {
    if (refusal !== 'sessions' && refusal !== 'sessions-per-client') return false;
    if (this.#scope.closed) return false;
    const limited = refusal === 'sessions-per-client' ? client : undefined;
    const searchKey = limited ?? '';
    const nowMs = performance.now();
    if (nowMs - (this.#searchedAtMs.get(searchKey) ?? Number.NEGATIVE_INFINITY) < SEARCH_INTERVAL_MS)
      return false;
    const publishers = new Set(this.#options.origin.list().map(({ by }) => by));
    const candidates = [...this.#entries].filter(({ session }) => session && !publishers.has(session));
    const evicted = selectIdleSession(candidates, nowMs, limited);
    if (!evicted) {
      this.#searchedAtMs.set(searchKey, nowMs);
      return false;
    }
    log.debug(`${evicted.admitted.kind} ${evicted.client}: idle; its slot goes to ${client}`);
    // The slot is released immediately, because closing the session may take several seconds.
    evicted.admitted.release();
    void evicted.session?.close('idle: the slot was needed', CLOSE_IDLE);
    return true;
  }

  async #serve(entry: Entry): Promise<void> {
    const { kind, access, transport } = entry.admitted;
    const handshake = setTimeout(
      () => transport.close({ closeCode: 0, reason: 'no handshake' }),
      HANDSHAKE_MS,
    );
    let session: Session;
    try {
      session = await this.#accept(entry.admitted);
    } finally {
      clearTimeout(handshake);
    }
    entry.session = session;
    this.#options.onOpened(kind);
    if (this.#scope.closed) await session.close(SHUTDOWN_REASON);
    if (access.expiresAtMs !== null) closeAt(session, access.expiresAtMs);
    await new Promise<void>((resolve) => session.scope.own(resolve));
  }

  #accept(admitted: AdmittedSession): Promise<Session> {
    const { kind, client, access, publisher, requestedPath, transport } = admitted;
    const { origin, limits, onRefused, pull, warn } = this.#options;
    const grants = grantsOf(access);
    return Session.accept(transport, {
      origin,
      grants,
      label: `${kind} ${client}`,
      client,
      maxAnnounced: limits.announcements,
      onFlood: (kindOfFlood) => onRefused(kindOfFlood, client),
      onPathRejected: () => onRefused('path', client),
      publisher,
      onPathTaken: (path) => onRefused('name', client, takenMessage(Path.join(access.root, path))),
      warn,
      onPathRequest: (path, signal) => pull(client, path, signal),
      ...(requestedPath === null ? {} : { initialInterest: Path.from(requestedPath) }),
      resolveAlias: (path) => this.#resolveAlias(path, grants),
    });
  }

  /**
   * Returns the Origin path for a ticket in any encoding. If the ticket names this relay's endpoint, this is
   * the path of the broadcast itself, otherwise the path at which the pull publishes. Returns undefined if
   * `path` is not a ticket or the session may not read it.
   */
  #resolveAlias(path: Path.Valid, grants: Grants): Path.Valid | undefined {
    const found = parseTicketPath(path);
    if (!found) return undefined;
    if (found.ticket.endpointId !== this.#options.localId) return grants.pull ? found.path : undefined;
    return hostedPath(found.ticket.broadcastName, grants);
  }

  #sample(): void {
    const nowMs = performance.now();
    const traffic = [...this.#entries].map((entry): Traffic<Payer> => {
      const { sent, received } = entry.admitted.bytes();
      const bytes = sent + received - entry.sampledBytes;
      entry.sampledBytes = sent + received;
      if ((bytes * 1000) / SAMPLE_MS >= ACTIVE_BYTES_PER_S) entry.idleSinceMs = nowMs;
      return { payer: payerOf(entry), bytes };
    });
    for (const payer of this.#bandwidth.sample(traffic)) this.#cutOff(payer);
  }

  #cutOff(payer: Payer): void {
    const client = typeof payer === 'string' ? payer : payer.admitted.client;
    const message = 'it exceeds the bandwidth of one client; its sessions are closed';
    this.#options.onRefused('bandwidth-per-client', client, message);
    for (const entry of this.#entries) {
      if (payerOf(entry) === payer) void entry.session?.close('too much bandwidth', CLOSE_BANDWIDTH);
    }
  }
}

/**
 * Returns the payer of a session. Sessions with a shared client identity each get their own bandwidth limit,
 * because they may belong to different users.
 */
function payerOf(entry: Entry): Payer {
  return isSharedClient(entry.client) ? entry : entry.client;
}

/** Returns the log message for a broadcast whose path belongs to another publisher. */
function takenMessage(path: Path.Valid): string {
  return `another publisher uses the name "${excerpt(path)}"`;
}
