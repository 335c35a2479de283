import { Track } from '@moq/net';
import { type Getter, Signal } from '@moq/signals';
import { Backoff, type BackoffConfig } from '../../../common/base/backoff.ts';
import { asError } from '../../../common/base/errors.ts';
import { Scope } from '../../../common/base/scope.ts';
import { sleep } from '../../../common/base/sleep.ts';
import { giveUpUnread } from '../../../common/moq/cancel-unread-groups.ts';
import { installSteadyRace } from '../../../common/moq/leak-free-race.ts';
import type { Connector, Established } from './connector.ts';
import { anySignal } from '../shared/abort-signals.ts';

export type { Established };

/** The first retry follows soon, because the main process is often back at once. */
const SESSION_BACKOFF: BackoffConfig = { firstMs: 250, factor: 2, maxMs: 5_000 };
/** A session that does not get up in this time is given up, in milliseconds. */
const OPEN_DEADLINE_MS = 10_000;
giveUpUnread(Track.Producer.prototype);
installSteadyRace();

/**
 * A MoQ session of the publisher or of one player, with main or with a relay. It comes back by itself, with bounded
 * back-off, when it is lost; whoever uses it watches `established`.
 */
export class MediaSession {
  readonly #established = new Signal<Established | undefined>(undefined);
  readonly #scope = new Scope();
  readonly #connector: Connector;

  constructor(connector: Connector) {
    this.#connector = connector;
    void this.#run();
  }

  /** The session now, or undefined while there is none. */
  get established(): Getter<Established | undefined> {
    return this.#established;
  }

  /** The session, waited for. Rejects with `signal`'s reason, or when this is closed. */
  async ready(signal: AbortSignal): Promise<Established> {
    const { signal: either, dispose } = anySignal(signal, this.#scope.signal);
    try {
      for (;;) {
        either.throwIfAborted();
        const established = this.#established.peek();
        if (established) return established;
        await new Promise<void>((resolve) => {
          const done = () => {
            stop();
            either.removeEventListener('abort', done);
            resolve();
          };
          const stop = this.#established.subscribe(done);
          either.addEventListener('abort', done);
        });
      }
    } finally {
      dispose();
    }
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(SESSION_BACKOFF);
    while (!this.#scope.closed) {
      try {
        await this.#connectOnce(() => backoff.reset());
      } catch (error) {
        if (!this.#scope.closed) this.#lastError = asError(error);
      }
      if (this.#scope.closed) return;
      await this.#pause(backoff.next());
    }
  }

  /** Why there is no session, for messages. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }
  #lastError: Error | undefined;

  /** Opens a session and stays until it is lost. */
  async #connectOnce(onUp: () => void): Promise<void> {
    const deadline = AbortSignal.timeout(OPEN_DEADLINE_MS);
    const { signal, dispose } = anySignal(deadline, this.#scope.signal);
    try {
      const established = await this.#connector.open(signal);
      // The deadline was for getting up.
      dispose();
      const forget = this.#scope.own(() => established.close());
      onUp();
      this.#established.set(established);
      try {
        await established.closed;
      } finally {
        forget();
        established.close();
        this.#established.set(undefined);
      }
    } finally {
      dispose();
    }
  }

  /** Waits, but no longer than until the other end comes back. */
  async #pause(ms: number): Promise<void> {
    const back = new AbortController();
    const stop = this.#connector.up.subscribe((up) => {
      if (up) back.abort();
    });
    const { signal, dispose } = anySignal(back.signal, this.#scope.signal);
    await sleep(ms, signal);
    dispose();
    stop();
  }
}
