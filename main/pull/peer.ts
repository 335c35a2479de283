import type { BackoffConfig } from '../../common/base/backoff.ts';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { sleep } from '../../common/base/sleep.ts';
import type { Readable } from '../../common/base/store.ts';
import type { PullFailure } from '../../common/bridge/bridge.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import { log } from '../base/log.ts';
import { Semaphore } from '../base/semaphore.ts';
import { LIVENESS, watchLiveness } from '../network/liveness.ts';
import { networkPathSourceOf } from '../network/network-path-source.ts';
import { NO_GRANTS } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import { Session, type Transport } from '../origin/session.ts';
import { isPeerShutdown } from '../transport/close-reason.ts';
import { type DialOutcome, DialTarget, dialTargetKey, type PeerState } from './dial-target.ts';
import { HEDGE_INTERVAL_MS, raceAttempts } from './race-attempts.ts';

export type { PeerState } from './dial-target.ts';

/** Opens a connection. Rejects with an error that `PeerOptions.failureOf` classifies. */
export type Dial = (address: PeerAddr, signal: AbortSignal) => Promise<Transport>;

/** Options for a `Peer`: how it dials, and the Origin that its sessions belong to. */
export interface PeerOptions {
  origin: Origin;
  dial: Dial;
  /** Maps an error from `dial` to the failure that the user sees. */
  failureOf: (error: unknown) => PullFailure;
  /** Whether an error from `dial` is certain to recur, so that a retry is useless. Default: never. */
  isFinal?: (error: unknown) => boolean;
  /** Retry delays. Default: `PULL_BACKOFF`. */
  backoff?: BackoffConfig;
}

/** A reference to a shared connection to a peer. */
export interface PeerHandle {
  readonly state: Readable<PeerState>;
  /** Ends the pause before the next attempt, if one is running. */
  retry(): void;
  /** Releases the reference. Releasing the last one closes the peer. */
  release(): void;
}

/**
 * Minimum duration of a session, in ms. A shorter session counts as a failed attempt, because a peer that
 * closes every session immediately would otherwise be redialed in a busy loop.
 */
const SETTLED_MS = 5_000;
/** How long a lost connection is redialed at short intervals before the usual backoff applies, in ms. */
const RECOVERY_MS = 60_000;
/** Head start that the target of the last session gets over the other targets after a loss, in ms. */
const HEAD_START_MS = 500;
/**
 * Maximum number of concurrent dial attempts per peer, each to a different target. Larger than
 * `pullsPerClient`, so that a relay's client with made-up addresses cannot block the others.
 */
const MAX_DIALS = 32;
/**
 * Maximum number of remembered source addresses of the peer's packets, separately for IP addresses and
 * relays. The newest are kept.
 */
const MAX_SEEN = 2;

const LOST: DialOutcome = { failure: 'lost', retry: 'later' };

/**
 * A peer that broadcasts are pulled from. It has one connection, which stays open while at least one pull
 * uses it.
 */
export class Peer {
  readonly #endpointId: string;
  readonly #options: PeerOptions;
  readonly #scope = new Scope();
  /** The dial targets, keyed by `dialTargetKey`. */
  readonly #targets = new Map<string, DialTarget>();
  readonly #dials = new Semaphore(MAX_DIALS);
  #session: Session | undefined;
  /** Resolves when the current session ends. */
  #sessionEnd: Promise<DialOutcome> = Promise.resolve(LOST);
  /** Aborted when one of the concurrent attempts succeeds. */
  #dialing = new AbortController();
  #seen: Pick<PeerAddr, 'relayUrls' | 'ipAddrs'> = { relayUrls: [], ipAddrs: [] };
  /** The dial target of the most recent session. */
  #proven: DialTarget | undefined;
  /** The message of the last attempt that failed since the peer was last connected; empty if none has failed. */
  #loggedFailure = '';
  /** When the last stable session was lost, in ms on the monotonic clock. */
  #lostAtMs = Number.NEGATIVE_INFINITY;

  constructor(endpointId: string, options: PeerOptions) {
    this.#endpointId = endpointId;
    this.#options = options;
    this.#scope.own(() => this.#dialing.abort(new Error('released')));
  }

  /** The current session; undefined while the peer is not connected. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Aborted when the last handle is released or the peer is closed. */
  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /**
   * Connects to the peer at a ticket's addresses, unless it is already connected. The connection stays open
   * until `release` is called on the returned handle.
   */
  connect(address: PeerAddr): PeerHandle {
    const key = dialTargetKey(address);
    const target = this.#targets.get(key) ?? this.#addTarget(key, address);
    return { state: target.state, retry: () => target.retry(), release: target.acquire() };
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  get #label(): string {
    return `peer ${shortId(this.#endpointId)}`;
  }

  #addTarget(key: string, address: PeerAddr): DialTarget {
    const { backoff } = this.#options;
    const target = new DialTarget(this.#scope.child(), address, { backoff, session: this.#session });
    this.#targets.set(key, target);
    target.signal.addEventListener('abort', () => this.#removeTarget(key, target), { once: true });
    void this.#run(target);
    return target;
  }

  #removeTarget(key: string, target: DialTarget): void {
    this.#targets.delete(key);
    if (this.#proven === target) this.#proven = undefined;
    if (this.#targets.size === 0) void this.close();
  }

  /** Dials the target repeatedly until the target is removed. Never rejects. */
  async #run(target: DialTarget): Promise<void> {
    while (!target.signal.aborted) {
      const outcome = await this.#attempt(target);
      if (target.signal.aborted) return;
      // Another target may have connected since this attempt failed.
      if (this.#session) continue;
      await target.waitToRetry(outcome);
    }
  }

  /** Dials the target unless the peer is connected, and waits until the session ends. Never rejects. */
  async #attempt(target: DialTarget): Promise<DialOutcome> {
    if (this.#session) return this.#sessionEnd;
    target.setConnecting();
    const signal = AbortSignal.any([target.signal, this.#dialing.signal]);
    let release: (() => void) | undefined;
    try {
      if (this.#recovering && this.#proven && this.#proven !== target) await sleep(HEAD_START_MS, signal);
      signal.throwIfAborted();
      release = await this.#dials.acquire(signal, !target.attempted);
      target.attempted = true;
      const transport = await this.#dial(target.address, signal);
      const session = await this.#open(transport, signal);
      if (session) return this.#adopt(session, target);
    } catch (error) {
      if (this.#session) return this.#sessionEnd;
      if (!signal.aborted) this.#logFailure(messageOf(error));
      const failure = this.#options.failureOf(error);
      if (this.#options.isFinal?.(error)) return { failure, retry: 'never' };
      if (!this.#recovering) return { failure, retry: 'later' };
      // An app that was connected a moment ago and now refuses connections is not busy. It is shutting down
      // or starting up.
      return { failure: failure === 'refused' ? 'lost' : failure, retry: 'soon' };
    } finally {
      release?.();
    }
    return this.#session ? this.#sessionEnd : LOST;
  }

  /** Opens a session. Resolves to undefined if the MoQ handshake fails or the attempt is aborted. */
  async #open(transport: Transport, signal: AbortSignal): Promise<Session | undefined> {
    try {
      const options = { origin: this.#options.origin, grants: NO_GRANTS, label: this.#label };
      const session = await Session.connect(transport, options, signal);
      if (!signal.aborted) return session;
      await session.close('cancelled');
    } catch (error) {
      if (!signal.aborted) log.info(`${this.#label}: session failed: ${messageOf(error)}`);
    }
    return undefined;
  }

  /** Makes `session` the peer's current session and aborts the other attempts. Resolves when the session ends. */
  #adopt(session: Session, target: DialTarget): Promise<DialOutcome> {
    const connectedAtMs = performance.now();
    const forget = this.#scope.own(() => session.close('closed'));
    this.#session = session;
    this.#loggedFailure = '';
    this.#sessionEnd = sessionEnd(session, () => this.#rememberPaths(session)).then(() => {
      forget();
      this.#session = undefined;
      if (isPeerShutdown(session.transport))
        for (const each of [...this.#targets.values()]) each.setStopped();
      this.#dialing = new AbortController();
      const nowMs = performance.now();
      if (nowMs - connectedAtMs <= SETTLED_MS) return LOST;
      this.#lostAtMs = nowMs;
      return { failure: 'lost', retry: 'now' };
    });
    this.#proven = target;
    this.#dialing.abort(new Error('connected elsewhere'));
    watchLiveness(session, LIVENESS);
    for (const each of [...this.#targets.values()]) each.setConnected(session);
    return this.#sessionEnd;
  }

  /** Logs why an attempt failed. Repetitions are logged at the debug level until the peer is connected. */
  #logFailure(message: string): void {
    const level = message === this.#loggedFailure ? 'debug' : 'info';
    this.#loggedFailure = message;
    log[level](`${this.#label}: cannot connect: ${message}`);
  }

  get #recovering(): boolean {
    return performance.now() - this.#lostAtMs < RECOVERY_MS;
  }

  #dial(address: PeerAddr, signal: AbortSignal): Promise<Transport> {
    // Addresses that packets have arrived from are known to work, so they are tried before the ticket's own
    // addresses.
    const to = {
      endpointId: address.endpointId,
      relayUrls: [...new Set([...this.#seen.relayUrls, ...address.relayUrls])],
      ipAddrs: [...new Set([...this.#seen.ipAddrs, ...address.ipAddrs])],
    };
    const attempt = (attemptSignal: AbortSignal) => this.#options.dial(to, attemptSignal);
    if (!this.#recovering) return attempt(signal);
    return raceAttempts(attempt, {
      everyMs: HEDGE_INTERVAL_MS,
      signal,
      discard: (late) => late.close(),
    });
  }

  #rememberPaths(session: Session): void {
    const paths = networkPathSourceOf(session.transport)?.paths() ?? [];
    const newest = (isRelay: boolean, before: readonly string[]) => {
      const current = paths.flatMap((path) => (path.isRelay === isRelay ? [path.remoteAddr] : []));
      return [...new Set([...current, ...before])].slice(0, MAX_SEEN);
    };
    this.#seen = {
      relayUrls: newest(true, this.#seen.relayUrls),
      ipAddrs: newest(false, this.#seen.ipAddrs),
    };
  }
}

/**
 * Resolves when the session ends. `beforeEnd` runs first, while the transport can still report its network
 * paths.
 */
function sessionEnd(session: Session, beforeEnd: () => void): Promise<void> {
  return new Promise((resolve) => {
    session.scope.own(() => {
      try {
        beforeEnd();
      } finally {
        resolve();
      }
    });
  });
}
