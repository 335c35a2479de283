import { Track } from '@moq/net';
import { type Getter, Signal } from '@moq/signals';
import { Backoff, type BackoffConfig } from '../../../common/base/backoff.ts';
import { asError } from '../../../common/base/errors.ts';
import { Scope } from '../../../common/base/scope.ts';
import { sleep } from '../../../common/base/sleep.ts';
import { cancelUnreadGroups } from '../../../common/moq/cancel-unread-groups.ts';
import { installLeakFreeRace } from '../../../common/moq/leak-free-race.ts';
import { anySignal } from '../shared/abort-signals.ts';
import { logCancellationsAsDebug } from './cancellation-log.ts';
import type { Established, SessionConnector } from './connector.ts';
import { RefusedError } from './refused-error.ts';

export type { Established };

/**
 * Back-off between attempts. The first retry follows soon, because the main process often recovers quickly.
 */
const SESSION_BACKOFF: BackoffConfig = { firstMs: 250, factor: 2, maxMs: 5_000 };
/**
 * A session must last this long, in milliseconds, before the back-off starts over. Otherwise, a server that
 * closes each session immediately would be dialed in a busy loop.
 */
const SETTLED_MS = 3_000;
/** Maximum time to open a session, in milliseconds. */
const OPEN_DEADLINE_MS = 10_000;

/** Installs the page-wide workarounds for @moq/net (see main/moq/README.md). Idempotent. */
function installMoqWorkarounds(): void {
  cancelUnreadGroups(Track.Producer.prototype);
  installLeakFreeRace();
  logCancellationsAsDebug();
}

/**
 * Keeps a MoQ session with main or a relay open. Reconnects with bounded back-off, and stops after a refusal
 * that no retry can change.
 */
export class ReconnectingSession {
  readonly #established = new Signal<Established | undefined>(undefined);
  readonly #scope = new Scope();
  readonly #connector: SessionConnector;
  #lastError: Error | undefined;

  constructor(connector: SessionConnector) {
    installMoqWorkarounds();
    this.#connector = connector;
    void this.#run();
  }

  /** The current session; undefined while there is none. */
  get established(): Getter<Established | undefined> {
    return this.#established;
  }

  /** The error of the last failed attempt, for messages; undefined if no attempt has failed. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /**
   * Waits for a session.
   *
   * @throws the signal's reason, or an error once this object is closed
   */
  async ready(signal: AbortSignal): Promise<Established> {
    const { signal: combined, dispose } = anySignal(signal, this.#scope.signal);
    try {
      for (;;) {
        combined.throwIfAborted();
        const established = this.#established.peek();
        if (established) return established;
        await new Promise<void>((resolve) => {
          const done = () => {
            stop();
            combined.removeEventListener('abort', done);
            resolve();
          };
          const stop = this.#established.subscribe(done);
          combined.addEventListener('abort', done);
        });
      }
    } finally {
      dispose();
    }
  }

  /** Closes the current session and stops reconnecting. */
  close(): Promise<void> {
    return this.#scope.close();
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(SESSION_BACKOFF);
    while (!this.#scope.closed) {
      let minimumMs = 0;
      try {
        await this.#runSession(() => backoff.reset());
      } catch (error) {
        if (!this.#scope.closed) this.#lastError = asError(error);
        if (error instanceof RefusedError) {
          if (error.retryMs === null) return;
          minimumMs = error.retryMs;
        }
      }
      if (this.#scope.closed) return;
      await this.#waitBeforeRetry(Math.max(backoff.next(), minimumMs));
    }
  }

  /** Opens a session and returns when it is lost. */
  async #runSession(onSettled: () => void): Promise<void> {
    const deadline = AbortSignal.timeout(OPEN_DEADLINE_MS);
    const { signal, dispose } = anySignal(deadline, this.#scope.signal);
    try {
      const established = await this.#connector.open(signal);
      // The deadline covers only the opening of the session.
      dispose();
      const disown = this.#scope.own(() => established.close());
      const settled = setTimeout(onSettled, SETTLED_MS);
      this.#established.set(established);
      try {
        await established.closed;
      } finally {
        clearTimeout(settled);
        disown();
        established.close();
        this.#established.set(undefined);
      }
    } finally {
      dispose();
    }
  }

  /** Waits for `ms`, or until main or the relay becomes reachable. */
  async #waitBeforeRetry(ms: number): Promise<void> {
    const reachable = new AbortController();
    const stop = this.#connector.reachable.subscribe((isReachable) => {
      if (isReachable) reachable.abort();
    });
    const { signal, dispose } = anySignal(reachable.signal, this.#scope.signal);
    await sleep(ms, signal);
    dispose();
    stop();
  }
}
