import { Backoff, type BackoffConfig, PULL_BACKOFF } from '../../common/backoff.ts';
import type { PullFailure } from '../../common/bridge.ts';
import { messageOf } from '../../common/errors.ts';
import { Scope } from '../../common/scope.ts';
import { shortId } from '../../common/who.ts';
import { withNewer } from '../endpoint/known-addr.ts';
import { log } from '../log.ts';
import { pathSourceOf } from '../path/source.ts';
import { sleep } from '../sleep.ts';
import { NO_GRANTS } from './grants.ts';
import { firstOf, HEDGE_EVERY_MS } from './hedge.ts';
import { LIVENESS, watchLiveness } from './liveness.ts';
import type { Origin } from './origin.ts';
import { Session, type Transport } from './session.ts';

/** Where a peer can be reached: the address half of a ticket. */
export interface PeerAddress {
  endpointId: string;
  relayUrls: readonly string[];
  ipAddrs: readonly string[];
}

/** Opens one connection; rejects with something that `failureOf` understands. */
export type Dial = (address: PeerAddress, signal: AbortSignal) => Promise<Transport>;

/** What a peer's connection tells the pulls that share it. */
export interface PeerListener {
  onConnecting(): void;
  onConnected(session: Session): void;
  onFailed(failure: PullFailure, retryAtMs: number): void;
}

export interface PeerOptions {
  origin: Origin;
  dial: Dial;
  /** Maps what `dial` rejects with. */
  failureOf: (error: unknown) => PullFailure;
  backoff?: BackoffConfig;
  /** Called once when the last listener has left. */
  onIdle: () => void;
}

/**
 * A session that ended sooner than this, in milliseconds, counts as a failure: a peer that accepts and hangs up at
 * once must not be called again in a hot loop.
 */
const SETTLED_MS = 5_000;
/** A connection that was lost is sought with haste for this long, in milliseconds; then as any peer that is away. */
const RECOVERY_MS = 60_000;
/** The longest wait between rounds of attempts meanwhile. */
const RECOVERY_DELAY_MS = 300;

interface Outcome {
  failure: PullFailure;
  /**
   * now: what worked a moment ago is sought at once, before anybody is told of a failure. soon: it still is. later:
   * as the back-off says.
   */
  retry: 'now' | 'soon' | 'later';
}

/** Addresses kept of each kind: tickets made up by somebody must not make attempts dear. */
const MAX_ADDRESSES = 32;

/** One peer that is read from: one connection, one attempt at a time, kept up while anything is pulled from it. */
export class Peer {
  readonly #options: PeerOptions;
  readonly #scope = new Scope();
  readonly #listeners = new Set<PeerListener>();
  readonly #backoff: Backoff;
  #address: PeerAddress;
  #session: Session | undefined;
  #failed: { failure: PullFailure; retryAtMs: number } | undefined;
  /** Ends the wait before the next attempt. */
  #pause: AbortController | undefined;
  /** When the last settled session was lost, on the monotonic clock. */
  #lostAtMs = Number.NEGATIVE_INFINITY;

  constructor(address: PeerAddress, options: PeerOptions) {
    this.#address = address;
    this.#options = options;
    this.#backoff = new Backoff(options.backoff ?? PULL_BACKOFF);
    void this.#run();
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Adds a listener, and the addresses that its ticket knows. Returns the function that takes it away. */
  join(listener: PeerListener, address: PeerAddress): () => void {
    this.#address = withNewer(this.#address, address, MAX_ADDRESSES);
    this.#listeners.add(listener);
    if (this.#session) listener.onConnected(this.#session);
    else if (this.#failed) listener.onFailed(this.#failed.failure, this.#failed.retryAtMs);
    else listener.onConnecting();
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#options.onIdle();
      void this.close();
    };
  }

  /** Ends the wait before the next attempt. */
  retry(): void {
    this.#pause?.abort();
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#scope;
    while (!signal.aborted) {
      const { failure, retry } = await this.#attempt(signal);
      if (signal.aborted) return;
      if (retry === 'now') continue;
      const delayMs = Math.min(this.#backoff.next(), retry === 'soon' ? RECOVERY_DELAY_MS : Infinity);
      this.#failed = { failure, retryAtMs: Date.now() + delayMs };
      for (const listener of [...this.#listeners]) listener.onFailed(failure, this.#failed.retryAtMs);
      this.#pause = new AbortController();
      await sleep(delayMs, signal, this.#pause.signal);
      this.#pause = undefined;
      this.#failed = undefined;
    }
  }

  /** Connects, and stays until the session ends. Resolves to why there is none any more. Never rejects. */
  async #attempt(signal: AbortSignal): Promise<Outcome> {
    const label = `peer ${shortId(this.#address.endpointId)}`;
    for (const listener of [...this.#listeners]) listener.onConnecting();
    let transport: Transport;
    try {
      transport = await this.#dial(signal);
    } catch (error) {
      if (!signal.aborted) log.info(`${label}: cannot connect: ${messageOf(error)}`);
      return { failure: this.#options.failureOf(error), retry: this.#recovering ? 'soon' : 'later' };
    }
    try {
      const options = { origin: this.#options.origin, grants: NO_GRANTS, label };
      const session = await Session.connect(transport, options, signal);
      const forget = this.#scope.own(() => session.close('closed'));
      watchLiveness(session, LIVENESS);
      const since = performance.now();
      this.#session = session;
      for (const listener of [...this.#listeners]) listener.onConnected(session);
      await ended(session, () => this.#rememberRelays(session));
      forget();
      const nowMs = performance.now();
      if (nowMs - since > SETTLED_MS) {
        this.#backoff.reset();
        this.#lostAtMs = nowMs;
        return { failure: 'lost', retry: 'now' };
      }
    } catch (error) {
      if (!signal.aborted) log.info(`${label}: session failed: ${messageOf(error)}`);
    } finally {
      this.#session = undefined;
    }
    return { failure: 'lost', retry: 'later' };
  }

  get #recovering(): boolean {
    return performance.now() - this.#lostAtMs < RECOVERY_MS;
  }

  #dial(signal: AbortSignal): Promise<Transport> {
    const once = (attempt: AbortSignal) => this.#options.dial(this.#address, attempt);
    if (!this.#recovering) return once(signal);
    return firstOf(once, { everyMs: HEDGE_EVERY_MS, signal, discard: (late) => late.close() });
  }

  /** A relay that carried packets works, whatever the ticket said: it is the first to be asked the next time. */
  #rememberRelays(session: Session): void {
    const seen = pathSourceOf(session.transport)
      ?.paths()
      .flatMap(({ isRelay, remoteAddr }) => (isRelay ? [remoteAddr] : []));
    if (!seen || seen.length === 0) return;
    this.#address = { ...this.#address, relayUrls: [...new Set([...seen, ...this.#address.relayUrls])] };
  }
}

/** Resolves when the session ends; `last` runs first, when its transport may be looked at once more. */
function ended(session: Session, last: () => void): Promise<void> {
  return new Promise((resolve) => {
    session.scope.own(() => {
      try {
        last();
      } finally {
        resolve();
      }
    });
  });
}
