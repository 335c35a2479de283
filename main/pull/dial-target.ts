import { Backoff, type BackoffConfig, PULL_BACKOFF } from '../../common/base/backoff.ts';
import { once } from '../../common/base/once.ts';
import type { Scope } from '../../common/base/scope.ts';
import { sleep } from '../../common/base/sleep.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import type { PullFailure } from '../../common/bridge/bridge.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import type { Session } from '../origin/session.ts';
import { selectAddresses } from './dialled-addresses.ts';

/** State of the connection to a peer, as seen by the pulls that share one dial target. */
export type PeerState =
  | { kind: 'connecting' }
  /** The peer's app has exited, which ended the last session. The peer is dialed again as after a loss. */
  | { kind: 'stopped' }
  | { kind: 'connected'; session: Session }
  /** `retryAtMs` is null if the next attempt starts only when `retry` is called. */
  | { kind: 'failed'; failure: PullFailure; retryAtMs: number | null };

/** Why a dial attempt, or the session that it opened, ended, and when to retry. */
export interface DialOutcome {
  failure: PullFailure;
  /**
   * `now`: a stable session was lost; redial immediately, before any failure is reported.
   * `soon`: the peer was lost recently; wait for at most `RECOVERY_DELAY_MS`.
   * `later`: wait for the full backoff.
   * `never`: wait until `DialTarget.retry` is called.
   */
  retry: 'now' | 'soon' | 'later' | 'never';
}

const CONNECTING: PeerState = { kind: 'connecting' };

/** Maximum pause between attempts while a lost connection is being recovered, in ms. */
const RECOVERY_DELAY_MS = 300;
/**
 * Maximum number of relays used from one ticket. iroh dials through one relay; the second may be the peer's
 * previous relay.
 */
const MAX_RELAYS = 2;

/**
 * A peer's addresses from one ticket, or from several tickets with the same addresses. Each target has its
 * own state and retry timing, because the author of a ticket controls its addresses and must not delay the
 * attempts for other tickets.
 */
export class DialTarget {
  readonly address: PeerAddr;
  /** Whether a dial attempt has already been started. */
  attempted = false;
  readonly #scope: Scope;
  readonly #backoff: Backoff;
  readonly #state: Store<PeerState>;
  #users = 0;
  #pause: AbortController | undefined;

  /**
   * @param scope closed when the last reference is released
   * @param options.session the peer's current session, if it is connected
   */
  constructor(
    scope: Scope,
    address: PeerAddr,
    options: { backoff?: BackoffConfig | undefined; session?: Session | undefined },
  ) {
    const { endpointId, relayUrls, ipAddrs } = address;
    this.address = {
      endpointId,
      relayUrls: relayUrls.slice(0, MAX_RELAYS),
      ipAddrs: selectAddresses(ipAddrs),
    };
    this.#scope = scope;
    this.#backoff = new Backoff(options.backoff ?? PULL_BACKOFF);
    this.#state = new Store(options.session ? connectedState(options.session) : CONNECTING);
  }

  get state(): Readable<PeerState> {
    return this.#state;
  }

  /** Aborted when the last reference is released. */
  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** Adds a reference. Returns the function that releases it. */
  acquire(): () => void {
    this.#users += 1;
    return once(() => {
      this.#users -= 1;
      if (this.#users === 0) void this.#scope.close();
    });
  }

  setConnecting(): void {
    this.#state.set(CONNECTING);
  }

  setStopped(): void {
    this.#state.set({ kind: 'stopped' });
  }

  /** Changes the state to connected, and ends the pause before the next attempt, if one is running. */
  setConnected(session: Session): void {
    this.#state.set(connectedState(session));
    this.retry();
  }

  /**
   * Changes the state to failed and waits until the next attempt is due. For `retry: 'now'`, it returns
   * immediately and leaves the state unchanged. Never rejects.
   */
  async waitToRetry({ failure, retry }: DialOutcome): Promise<void> {
    if (retry === 'now') {
      this.#backoff.reset();
      return;
    }
    const pause = new AbortController();
    this.#pause = pause;
    if (retry === 'never') {
      this.#state.set({ kind: 'failed', failure, retryAtMs: null });
      await whenAborted(this.signal, pause.signal);
    } else {
      const delayMs = this.#backoff.next(retry === 'soon' ? RECOVERY_DELAY_MS : undefined);
      this.#state.set({ kind: 'failed', failure, retryAtMs: Date.now() + delayMs });
      await sleep(delayMs, this.signal, pause.signal);
    }
    this.#pause = undefined;
  }

  /** Ends the pause before the next attempt, if one is running. */
  retry(): void {
    this.#pause?.abort();
  }
}

/** Returns a key that is equal for tickets with the same addresses in the same order. */
export function dialTargetKey({ relayUrls, ipAddrs }: PeerAddr): string {
  return JSON.stringify([relayUrls, ipAddrs]);
}

function connectedState(session: Session): PeerState {
  return { kind: 'connected', session };
}

/** Resolves when one of the signals is aborted. */
function whenAborted(...signals: AbortSignal[]): Promise<void> {
  const any = AbortSignal.any(signals);
  if (any.aborted) return Promise.resolve();
  return new Promise((resolve) => any.addEventListener('abort', () => resolve(), { once: true }));
}
