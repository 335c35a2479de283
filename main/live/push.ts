import { Backoff, PULL_BACKOFF } from '../../common/base/backoff.ts';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { sleep } from '../../common/base/sleep.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import { log } from '../base/log.ts';
import { LIVENESS, watchLiveness } from '../network/liveness.ts';
import type { Grants } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import { Session, type Transport } from '../origin/session.ts';
import { Taken } from './push-acceptance.ts';
import { type PushFailure, pushFailureWords } from './push-words.ts';

/** How a push goes. */
export interface PushState {
  /** connecting: the relay is called. live: it has what is pushed. failed: it is called again soon. */
  state: 'connecting' | 'live' | 'failed';
  /** What went wrong and what to do; empty when nothing did. */
  message: string;
}

export interface PushOptions {
  origin: Origin;
  /** For logs: what is pushed. */
  label: string;
  /** What the relay is shown of the Origin: a session's path there is below the address's own. */
  grants: Grants;
  /** The one broadcast that the relay must take: one that lets in and takes nothing has not got it. */
  name?: string;
  /** Calls the relay; rejects with something that `failureOf` understands. Null: there is no address to call. */
  dial: ((signal: AbortSignal) => Promise<Transport>) | null;
  failureOf: (error: unknown) => PushFailure;
  /** Failures for people; for a push that the settings ask for unless given. */
  words?: Readonly<Record<PushFailure, string>>;
}

/** A relay that does not answer in this time is given up for now, in milliseconds: TLS to the far side fits. */
const CONNECT_MS = 10_000;
/** A session that ended sooner than this, in milliseconds, was no success: the next call waits longer. */
const SETTLED_MS = 5_000;

/** Broadcasts given to one relay, which hands them on: each is uploaded once however many watch it there. */
export class Push {
  readonly #options: PushOptions;
  readonly #state = new Store<PushState>({ state: 'connecting', message: '' });
  readonly #scope = new Scope((error) => log.warn(`push: ${messageOf(error)}`));
  #session: Session | undefined;

  constructor(options: PushOptions) {
    this.#options = options;
    void this.#run();
  }

  get state(): Readable<PushState> {
    return this.#state;
  }

  /** The session with the relay while there is one, for its traffic. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Takes what was pushed off the relay. Idempotent. */
  close(): Promise<void> {
    return this.#scope.close();
  }

  get #words(): Readonly<Record<PushFailure, string>> {
    return this.#options.words ?? pushFailureWords;
  }

  async #run(): Promise<void> {
    const { dial, failureOf } = this.#options;
    if (!dial) {
      this.#state.set({ state: 'failed', message: this.#words.invalid });
      return;
    }
    const backoff = new Backoff(PULL_BACKOFF);
    while (!this.#scope.closed) {
      let failure: PushFailure = 'lost';
      try {
        const heldMs = await this.#hold(dial);
        if (heldMs >= SETTLED_MS) backoff.reset();
        // Whoever takes a session and ends it at once does not want what comes with it.
        else failure = 'refused';
      } catch (error) {
        if (this.#scope.closed) return;
        failure = failureOf(error);
        log.debug(`${this.#options.label}: ${messageOf(error)}`);
      }
      if (this.#scope.closed) return;
      this.#state.set({ state: 'failed', message: this.#words[failure] });
      await sleep(backoff.next(), this.#scope.signal);
    }
  }

  /** Keeps one session for as long as it lasts; gives that time in milliseconds. */
  async #hold(dial: (signal: AbortSignal) => Promise<Transport>): Promise<number> {
    const { origin, grants, label, name } = this.#options;
    const taken = new Taken(name, (missing) =>
      this.#state.set({ state: missing === '' ? 'live' : 'failed', message: missing }),
    );
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error('no answer in time')), CONNECT_MS);
    const forget = this.#scope.own(() => deadline.abort(new Error('given up')));
    let session: Session;
    try {
      const transport = await dial(deadline.signal);
      session = await Session.connect(
        transport,
        { origin, grants, label, onInterest: (prefix) => taken.hear(prefix) },
        deadline.signal,
      );
    } finally {
      clearTimeout(timer);
      forget();
    }
    const forgetSession = this.#scope.own(() => session.close('no longer live'));
    watchLiveness(session, LIVENESS);
    const sinceMs = performance.now();
    this.#session = session;
    session.scope.own(() => taken.close());
    taken.open();
    await new Promise<void>((resolve) => session.scope.own(resolve));
    forgetSession();
    this.#session = undefined;
    return performance.now() - sinceMs;
  }
}
