import { Backoff, type BackoffConfig, PULL_BACKOFF } from '../../common/base/backoff.ts';
import { Scope } from '../../common/base/scope.ts';
import type { PullFailure } from '../../common/bridge/bridge.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { sleep } from '../../common/base/sleep.ts';
import type { Session } from '../origin/session.ts';

/** What a peer's connection tells the pulls that share it. */
export interface PeerListener {
  onConnecting(): void;
  onConnected(session: Session): void;
  onFailed(failure: PullFailure, retryAtMs: number): void;
}

/** Why there is no session any more, or none yet. */
export interface Outcome {
  failure: PullFailure;
  /**
   * now: what worked a moment ago is sought at once, before anybody is told of a failure. soon: it still is. later:
   * as the back-off says.
   */
  retry: 'now' | 'soon' | 'later';
}

export interface LeadOptions {
  address: PeerAddr;
  backoff?: BackoffConfig | undefined;
  /** Calls the peer there, unless there is a session, and stays until it ends. Never rejects. */
  attempt: (lead: Lead) => Promise<Outcome>;
}

/** The longest wait between rounds of attempts while a lost connection is sought, in milliseconds. */
const RECOVERY_DELAY_MS = 300;
/**
 * Addresses taken from one ticket of each kind: a laptop has a handful of interfaces, and each address is sent packets
 * at every attempt. iroh takes one relay at a time; another one may be where the peer was before.
 */
const MAX_IPS = 16;
const MAX_RELAYS = 2;

/**
 * What one ticket says of where its peer is, and those who wait there. Whoever makes tickets chooses what they say: so
 * the addresses of one are never mixed with those of another, and each is tried at times of its own.
 */
export class Lead {
  readonly address: PeerAddr;
  readonly listeners = new Set<PeerListener>();
  /** Whether it has been tried before. */
  tried = false;
  readonly #options: LeadOptions;
  readonly #scope = new Scope();
  readonly #backoff: Backoff;
  #failed: { failure: PullFailure; retryAtMs: number } | undefined;
  /** Ends the wait before the next attempt. */
  #pause: AbortController | undefined;

  constructor(options: LeadOptions) {
    this.#options = options;
    const { endpointId, relayUrls, ipAddrs } = options.address;
    this.address = {
      endpointId,
      relayUrls: relayUrls.slice(0, MAX_RELAYS),
      ipAddrs: ipAddrs.slice(0, MAX_IPS),
    };
    this.#backoff = new Backoff(options.backoff ?? PULL_BACKOFF);
  }

  /** Aborted when nobody waits here any more. */
  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** How it failed last, while it waits for the next attempt. */
  get failed(): { failure: PullFailure; retryAtMs: number } | undefined {
    return this.#failed;
  }

  /** Attempts until it is closed. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this;
    while (!signal.aborted) {
      const { failure, retry } = await this.#options.attempt(this);
      if (signal.aborted) return;
      if (retry === 'now') {
        this.#backoff.reset();
        continue;
      }
      const delayMs = Math.min(this.#backoff.next(), retry === 'soon' ? RECOVERY_DELAY_MS : Infinity);
      const failed = { failure, retryAtMs: Date.now() + delayMs };
      this.#failed = failed;
      this.tell((listener) => listener.onFailed(failure, failed.retryAtMs));
      this.#pause = new AbortController();
      await sleep(delayMs, signal, this.#pause.signal);
      this.#pause = undefined;
      this.#failed = undefined;
    }
  }

  /** Ends the wait before the next attempt. */
  retry(): void {
    this.#pause?.abort();
  }

  tell(what: (listener: PeerListener) => void): void {
    for (const listener of [...this.listeners]) what(listener);
  }

  close(): Promise<void> {
    return this.#scope.close();
  }
}

/** The same for tickets that say the same of where their peer is. */
export function leadKey({ relayUrls, ipAddrs }: PeerAddr): string {
  return JSON.stringify([relayUrls, ipAddrs]);
}
