import { Backoff, PULL_BACKOFF } from '../../common/base/backoff.ts';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { sleep } from '../../common/base/sleep.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import { CLOSE_TAKEN_PATH } from '../../common/relay/relay-api.ts';
import { log } from '../base/log.ts';
import { LIVENESS, watchLiveness } from '../network/liveness.ts';
import type { Grants } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import { Session, type Transport } from '../origin/session.ts';
import { PushAcceptance } from './push-acceptance.ts';
import { type PushFailure, pushFailureTexts } from './push-failure.ts';

/** The progress of a push. */
interface PushState {
  /**
   * `connecting`: the relay is being dialed. `live`: the relay has accepted the push. `failed`: the push was
   * refused, or will be retried soon.
   */
  state: 'connecting' | 'live' | 'failed';
  /** A message that explains the problem and what the user can do about it; empty if there is no problem. */
  message: string;
}

/** Options for a `Push`: the broadcasts to push, and the connection to the relay. */
interface PushOptions {
  origin: Origin;
  /** The name of the push in log messages. */
  label: string;
  /**
   * The broadcasts that the relay may read from the Origin. Their paths on the relay are relative to the path of the
   * relay's URL.
   */
  grants: Grants;
  /**
   * The broadcast that the relay must accept before the push counts as live. If undefined, the push is live as soon
   * as the relay accepts the session.
   */
  name?: string;
  /**
   * Connects to the relay. Rejects with an error that `failureOf` can classify. Null if the relay's address is
   * invalid.
   */
  dial: ((signal: AbortSignal) => Promise<Transport>) | null;
  failureOf: (error: unknown) => PushFailure;
  /** Replaces the default failure messages, which refer to the settings. */
  failureTexts?: Readonly<Record<PushFailure, string>>;
}

/** Timeout of one connection attempt, in milliseconds. Long enough for a TLS handshake with a distant server. */
const CONNECT_MS = 10_000;
/**
 * How long a session must last to count as accepted, in milliseconds. A shorter one counts as refused, and
 * the backoff continues to grow.
 */
const SETTLED_MS = 5_000;

/**
 * Pushes broadcasts to a relay, which distributes them, so each broadcast is uploaded only once for all its viewers
 * on the relay.
 */
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

  /** The session with the relay, used to measure its traffic; undefined while disconnected. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Removes the broadcasts from the relay and disconnects. Idempotent. */
  close(): Promise<void> {
    return this.#scope.close();
  }

  get #failureTexts(): Readonly<Record<PushFailure, string>> {
    return this.#options.failureTexts ?? pushFailureTexts;
  }

  async #run(): Promise<void> {
    const { dial, failureOf } = this.#options;
    if (!dial) {
      this.#state.set({ state: 'failed', message: this.#failureTexts.invalid });
      return;
    }
    const backoff = new Backoff(PULL_BACKOFF);
    while (!this.#scope.closed) {
      let failure: PushFailure = 'lost';
      try {
        const session = await this.#connect(dial);
        const { durationMs, closeCode } = await this.#closed(session);
        if (durationMs >= SETTLED_MS) backoff.reset();
        if (closeCode === CLOSE_TAKEN_PATH) failure = 'taken';
        // A relay that accepts a session and closes it at once has refused the push.
        else if (durationMs < SETTLED_MS) failure = 'refused';
      } catch (error) {
        if (this.#scope.closed) return;
        failure = failureOf(error);
        log.debug(`${this.#options.label}: ${messageOf(error)}`);
      }
      if (this.#scope.closed) return;
      this.#state.set({ state: 'failed', message: this.#failureTexts[failure] });
      await sleep(backoff.next(), this.#scope.signal);
    }
  }

  /**
   * Opens a session with the relay.
   *
   * @throws the error from `dial` or the handshake, or an Error if the relay does not answer before the timeout
   */
  async #connect(dial: (signal: AbortSignal) => Promise<Transport>): Promise<Session> {
    const { origin, grants, label, name } = this.#options;
    const acceptance = new PushAcceptance(name, (problem) =>
      this.#state.set({ state: problem === '' ? 'live' : 'failed', message: problem }),
    );
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error('no answer in time')), CONNECT_MS);
    const disown = this.#scope.own(() => deadline.abort(new Error('the push was stopped')));
    try {
      const transport = await dial(deadline.signal);
      const session = await Session.connect(
        transport,
        { origin, grants, label, onAnnounceInterest: (prefix) => acceptance.onInterest(prefix) },
        deadline.signal,
      );
      this.#session = session;
      session.scope.own(() => acceptance.close());
      acceptance.open();
      return session;
    } finally {
      clearTimeout(timer);
      disown();
    }
  }

  /**
   * Resolves when the session has ended, to its duration in milliseconds and the relay's close code;
   * undefined if the connection was lost.
   */
  async #closed(session: Session): Promise<{ durationMs: number; closeCode: number | undefined }> {
    const sinceMs = performance.now();
    let closeCode: number | undefined;
    session.transport.closed.then(
      (info) => {
        closeCode = info.closeCode;
      },
      () => undefined,
    );
    const disown = this.#scope.own(() => session.close('no longer live'));
    watchLiveness(session, LIVENESS);
    await new Promise<void>((resolve) => session.scope.own(resolve));
    disown();
    this.#session = undefined;
    return { durationMs: performance.now() - sinceMs, closeCode };
  }
}
