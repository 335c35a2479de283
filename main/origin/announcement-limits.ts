import { isSharedClient } from '../base/client-key.ts';
import { ConcurrencyLimiter, sharedClientLimit } from '../base/concurrency-limiter.ts';
import { LruMap } from '../base/lru-map.ts';
import { TokenBucket } from '../base/token-bucket.ts';

/**
 * Limits on announcements for one Origin. Each announcement is sent to every session that may read it, so the
 * number of messages is the number of broadcasts times the number of readers. For the meaning of "client", see
 * client-key.ts.
 */
export interface AnnouncementLimitValues {
  /** Maximum number of broadcasts that all sessions together announce at the same time. */
  broadcasts: number;
  broadcastsPerClient: number;
  /** Maximum number of ANNOUNCE requests that are open at the same time. */
  requests: number;
  requestsPerClient: number;
  requestsPerSession: number;
  /**
   * Average number of changes per second that all sessions of one client together may announce, in addition to those that
   * each session may always announce.
   */
  changesPerClientAndS: number;
}

/** The limits for an app, and the defaults for a relay. */
export const ANNOUNCEMENT_LIMITS: AnnouncementLimitValues = {
  // A broadcast needs about 5 kB of memory, so these limits allow about 20 MB in total, and 2 MB for one client.
  broadcasts: 4_000,
  broadcastsPerClient: 400,
  // A page opens one request for each player. An announced path needs about 50 bytes per request.
  requests: 4_096,
  requestsPerClient: 256,
  requestsPerSession: 64,
  // A few dozen people in one building seldom start or stop broadcasts more often than this.
  changesPerClientAndS: 20,
};

/** Number of changes that a session may announce in a burst, regardless of its client's other sessions. */
const CHANGES_PER_SESSION = 8;
/** Average number of changes per second that a session may announce, regardless of its client's other sessions. */
const CHANGES_PER_SESSION_AND_S = 0.5;
/** Maximum number of clients whose rate of changes is remembered. */
const MAX_CLIENTS = 1_024;

/** Counts the broadcasts, requests and changes of one Origin. */
export class AnnouncementLimits {
  readonly #values: AnnouncementLimitValues;
  readonly #broadcasts: ConcurrencyLimiter;
  readonly #requests: ConcurrencyLimiter;
  readonly #changes = new LruMap<TokenBucket>(MAX_CLIENTS);

  constructor(values: AnnouncementLimitValues = ANNOUNCEMENT_LIMITS) {
    this.#values = values;
    this.#broadcasts = limiter(values.broadcasts, values.broadcastsPerClient);
    this.#requests = limiter(values.requests, values.requestsPerClient);
  }

  /** Maximum number of ANNOUNCE requests that one session may have open at the same time. */
  get requestsPerSession(): number {
    return this.#values.requestsPerSession;
  }

  /** Counts a broadcast. Returns the function that stops counting it, or the limit that has been reached. */
  acquireBroadcast(client: string): (() => void) | 'total' | 'client' {
    return this.#broadcasts.acquire(client);
  }

  /** Counts an ANNOUNCE request. Returns the function that stops counting it, or the limit that has been reached. */
  acquireRequest(client: string): (() => void) | 'total' | 'client' {
    return this.#requests.acquire(client);
  }

  /**
   * Returns a function for one session of `client` that counts a change and returns whether it is within the
   * limits. Each session also has a small separate limit, because unrelated peers with the same client key must
   * not block each other (see `isSharedClient`).
   */
  changeLimit(client: string): () => boolean {
    const own = new TokenBucket(CHANGES_PER_SESSION, CHANGES_PER_SESSION_AND_S);
    return () => own.tryTake() || this.#changesOf(client).tryTake();
  }

  #changesOf(client: string): TokenBucket {
    const { broadcasts, broadcastsPerClient, changesPerClientAndS } = this.#values;
    const shared = sharedClientLimit(broadcastsPerClient, broadcasts) / broadcastsPerClient;
    const factor = isSharedClient(client) ? shared : 1;
    // The burst limit lets a client announce its maximum number of broadcasts and withdraw them again.
    const bucket =
      this.#changes.get(client) ??
      new TokenBucket(2 * factor * broadcastsPerClient, factor * changesPerClientAndS);
    this.#changes.set(client, bucket);
    return bucket;
  }
}

function limiter(total: number, perClient: number): ConcurrencyLimiter {
  return new ConcurrencyLimiter(total, perClient, sharedClientLimit(perClient, total));
}
