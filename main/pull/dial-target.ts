import { Backoff, type BackoffConfig, PULL_BACKOFF } from '../../common/base/backoff.ts';
import { once } from '../../common/base/once.ts';
import type { Scope } from '../../common/base/scope.ts';
import { sleep } from '../../common/base/sleep.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import type { PullFailure } from '../../common/bridge/bridge.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import type { Session } from '../origin/session.ts';

/** The connection to a peer, as the pulls of one dial target see it. */
export type PeerState =
  | { kind: 'connecting' }
  | { kind: 'connected'; session: Session }
  | { kind: 'failed'; failure: PullFailure; retryAtMs: number };

/** Why a dial attempt or the session after it ended, and when the next attempt is due. */
export interface DialOutcome {
  failure: PullFailure;
  /**
   * now: a settled session was lost; redial at once, before a failure is reported.
   * soon: the peer was lost recently; wait for at most `RECOVERY_DELAY_MS`.
   * later: wait for as long as the back-off says.
   */
  retry: 'now' | 'soon' | 'later';
}

const CONNECTING: PeerState = { kind: 'connecting' };

/** Longest pause between attempts while a lost connection is recovered, in milliseconds. */
const RECOVERY_DELAY_MS = 300;
/**
 * Addresses used of one ticket. A laptop has a handful of interfaces, and every attempt sends packets to each address.
 */
const MAX_IPS = 16;
/** Relays used of one ticket. iroh dials through one relay; the second may be one that the peer used before. */
const MAX_RELAYS = 2;

/**
 * The addresses that one or several equal tickets give for a peer, with their own state and retry timing. The author
 * of a ticket controls its addresses, so they are never mixed with another ticket's, and they never delay another
 * ticket's attempts.
 */
export class DialTarget {
  readonly address: PeerAddr;
  /** Whether a dial attempt has started before. */
  attempted = false;
  readonly #scope: Scope;
  readonly #backoff: Backoff;
  readonly #state: Store<PeerState>;
  #users = 0;
  #pause: AbortController | undefined;

  /** Closes `scope` when the last user has left. `session` is the peer's session, if there is one already. */
  constructor(
    scope: Scope,
    address: PeerAddr,
    options: { backoff?: BackoffConfig | undefined; session?: Session | undefined },
  ) {
    const { endpointId, relayUrls, ipAddrs } = address;
    this.address = {
      endpointId,
      relayUrls: relayUrls.slice(0, MAX_RELAYS),
      ipAddrs: ipAddrs.slice(0, MAX_IPS),
    };
    this.#scope = scope;
    this.#backoff = new Backoff(options.backoff ?? PULL_BACKOFF);
    this.#state = new Store(options.session ? connectedState(options.session) : CONNECTING);
  }

  get state(): Readable<PeerState> {
    return this.#state;
  }

  /** Aborted when the last user has left. */
  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** Registers a user. Returns the function that removes it again. */
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

  /** Reports the session and ends a pause between attempts. */
  setConnected(session: Session): void {
    this.#state.set(connectedState(session));
    this.retry();
  }

  /** Reports the failure, then waits until the next attempt is due. Never rejects. */
  async waitToRetry({ failure, retry }: DialOutcome): Promise<void> {
    if (retry === 'now') {
      this.#backoff.reset();
      return;
    }
    const delayMs = this.#backoff.next(retry === 'soon' ? RECOVERY_DELAY_MS : undefined);
    const pause = new AbortController();
    this.#pause = pause;
    this.#state.set({ kind: 'failed', failure, retryAtMs: Date.now() + delayMs });
    await sleep(delayMs, this.signal, pause.signal);
    this.#pause = undefined;
  }

  /** Ends the pause before the next attempt. */
  retry(): void {
    this.#pause?.abort();
  }
}

/** Equal for tickets that give the same addresses in the same order. */
export function dialTargetKey({ relayUrls, ipAddrs }: PeerAddr): string {
  return JSON.stringify([relayUrls, ipAddrs]);
}

function connectedState(session: Session): PeerState {
  return { kind: 'connected', session };
}
