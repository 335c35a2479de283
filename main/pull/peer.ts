import type { BackoffConfig } from '../../common/base/backoff.ts';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import type { PullFailure } from '../../common/bridge/bridge.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import { log } from '../base/log.ts';
import { Semaphore } from '../base/semaphore.ts';
import { sleep } from '../../common/base/sleep.ts';
import { LIVENESS, watchLiveness } from '../network/liveness.ts';
import { pathSourceOf } from '../network/path-source.ts';
import { NO_GRANTS } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import { Session, type Transport } from '../origin/session.ts';
import { Lead, leadKey, type Outcome, type PeerListener } from './dial-target.ts';
import { firstOf, HEDGE_EVERY_MS } from './hedge.ts';

export type { PeerListener } from './dial-target.ts';

/** Opens one connection; rejects with something that `failureOf` understands. */
export type Dial = (address: PeerAddr, signal: AbortSignal) => Promise<Transport>;

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
/** Where the peer was a moment ago is tried alone for this long, in milliseconds: it mostly still is. */
const HEAD_START_MS = 500;
/**
 * Calls of one peer at once, each where another ticket says that it is. More than one client may want at a time
 * (`pullsPerClient` of a relay), so that one who makes addresses up cannot keep the others waiting.
 */
const MAX_CALLS = 32;
/** Addresses and relays over which packets came from the peer that are remembered, of each kind, the newest first. */
const MAX_SEEN = 2;

const LOST: Outcome = { failure: 'lost', retry: 'later' };

/** One peer that is read from: one connection, kept up while anything is pulled from it. */
export class Peer {
  readonly #endpointId: string;
  readonly #options: PeerOptions;
  readonly #scope = new Scope();
  /** What its tickets say of where it is, by what they say. */
  readonly #leads = new Map<string, Lead>();
  readonly #turns = new Semaphore(MAX_CALLS);
  #session: Session | undefined;
  /** Settles when the session ends. */
  #ended: Promise<Outcome> = Promise.resolve(LOST);
  /** Aborted when one of the calls has got through. */
  #calling = new AbortController();
  #seen: Pick<PeerAddr, 'relayUrls' | 'ipAddrs'> = { relayUrls: [], ipAddrs: [] };
  /** Where it was reached last. */
  #proven: Lead | undefined;
  /** When the last settled session was lost, on the monotonic clock. */
  #lostAtMs = Number.NEGATIVE_INFINITY;

  constructor(endpointId: string, options: PeerOptions) {
    this.#endpointId = endpointId;
    this.#options = options;
    this.#scope.own(() => this.#calling.abort(new Error('released')));
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Adds a listener, and calls the peer where its ticket says. `leave` takes the listener away. */
  join(listener: PeerListener, address: PeerAddr): { leave: () => void; retry: () => void } {
    const key = leadKey(address);
    const known = this.#leads.get(key);
    const lead = known ?? this.#lead(key, address);
    lead.listeners.add(listener);
    if (this.#session) listener.onConnected(this.#session);
    else if (lead.failed) listener.onFailed(lead.failed.failure, lead.failed.retryAtMs);
    else listener.onConnecting();
    if (!known) void lead.run();
    return { leave: () => this.#leave(key, lead, listener), retry: () => lead.retry() };
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  get #label(): string {
    return `peer ${shortId(this.#endpointId)}`;
  }

  #lead(key: string, address: PeerAddr): Lead {
    const { backoff } = this.#options;
    const lead = new Lead({ address, backoff, attempt: (each) => this.#attempt(each) });
    this.#leads.set(key, lead);
    const forget = this.#scope.own(() => lead.close());
    lead.signal.addEventListener('abort', forget, { once: true });
    return lead;
  }

  #leave(key: string, lead: Lead, listener: PeerListener): void {
    if (!lead.listeners.delete(listener) || lead.listeners.size > 0) return;
    this.#leads.delete(key);
    if (this.#proven === lead) this.#proven = undefined;
    void lead.close();
    if (this.#leads.size > 0) return;
    this.#options.onIdle();
    void this.close();
  }

  /** Calls the peer there unless it is connected, and stays until the session ends. Never rejects. */
  async #attempt(lead: Lead): Promise<Outcome> {
    if (this.#session) return this.#ended;
    lead.tell((listener) => listener.onConnecting());
    const signal = AbortSignal.any([lead.signal, this.#calling.signal]);
    let release: (() => void) | undefined;
    try {
      if (this.#recovering && this.#proven && this.#proven !== lead) await sleep(HEAD_START_MS, signal);
      signal.throwIfAborted();
      release = await this.#turns.acquire(signal, !lead.tried);
      lead.tried = true;
      const transport = await this.#dial(lead.address, signal);
      const session = await this.#open(transport, signal);
      if (session) return this.#stay(session, lead);
    } catch (error) {
      if (this.#session) return this.#ended;
      if (!signal.aborted) log.info(`${this.#label}: cannot connect: ${messageOf(error)}`);
      const failure = this.#options.failureOf(error);
      if (!this.#recovering) return { failure, retry: 'later' };
      // Whose app was there a moment ago and refuses now is ending or starting, not busy.
      return { failure: failure === 'refused' ? 'lost' : failure, retry: 'soon' };
    } finally {
      release?.();
    }
    return this.#session ? this.#ended : LOST;
  }

  /** A session, or undefined when the peer takes none. */
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

  /** From now on it is the peer's session; the other calls are given up. */
  #stay(session: Session, lead: Lead): Promise<Outcome> {
    const since = performance.now();
    const forget = this.#scope.own(() => session.close('closed'));
    this.#session = session;
    this.#ended = ended(session, () => this.#rememberPaths(session)).then(() => {
      forget();
      this.#session = undefined;
      this.#calling = new AbortController();
      const nowMs = performance.now();
      if (nowMs - since <= SETTLED_MS) return LOST;
      this.#lostAtMs = nowMs;
      return { failure: 'lost', retry: 'now' };
    });
    this.#proven = lead;
    this.#calling.abort(new Error('connected elsewhere'));
    watchLiveness(session, LIVENESS);
    for (const each of [...this.#leads.values()]) each.tell((listener) => listener.onConnected(session));
    return this.#ended;
  }

  get #recovering(): boolean {
    return performance.now() - this.#lostAtMs < RECOVERY_MS;
  }

  #dial(address: PeerAddr, signal: AbortSignal): Promise<Transport> {
    // What carried packets works, whatever the ticket says: it comes first.
    const to = {
      endpointId: address.endpointId,
      relayUrls: [...new Set([...this.#seen.relayUrls, ...address.relayUrls])],
      ipAddrs: [...new Set([...this.#seen.ipAddrs, ...address.ipAddrs])],
    };
    const once = (attempt: AbortSignal) => this.#options.dial(to, attempt);
    if (!this.#recovering) return once(signal);
    return firstOf(once, { everyMs: HEDGE_EVERY_MS, signal, discard: (late) => late.close() });
  }

  #rememberPaths(session: Session): void {
    const seen = pathSourceOf(session.transport)?.paths() ?? [];
    const newest = (isRelay: boolean, before: readonly string[]) => {
      const now = seen.flatMap((path) => (path.isRelay === isRelay ? [path.remoteAddr] : []));
      return [...new Set([...now, ...before])].slice(0, MAX_SEEN);
    };
    this.#seen = {
      relayUrls: newest(true, this.#seen.relayUrls),
      ipAddrs: newest(false, this.#seen.ipAddrs),
    };
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
