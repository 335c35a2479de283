/**
 * Ownership: what is opened has one owner that closes it.
 *
 * A scope collects teardowns and runs them, newest first, when it closes. A teardown registered after that runs
 * at once, so nothing that arrives late can leak. `signal` is aborted first, so that waits end before what they
 * wait for is taken away.
 */
export type Teardown = () => void | Promise<void>;

export class Scope {
  readonly #controller = new AbortController();
  readonly #teardowns = new Set<Teardown>();
  readonly #onError: (error: unknown) => void;
  #closing: Promise<void> | undefined;

  /** `onError` hears of a teardown that threw or rejected; the others still run. */
  constructor(onError: (error: unknown) => void = reportError) {
    this.#onError = onError;
  }

  /** Aborted when the scope begins to close. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Runs `teardown` when the scope closes, or at once when it already has. Returns a function that forgets the
   * teardown without running it, for a thing that ended by itself.
   */
  own(teardown: Teardown): () => void {
    if (this.#closing) {
      void this.#run(teardown);
      return () => undefined;
    }
    const entry: Teardown = () => teardown();
    this.#teardowns.add(entry);
    return () => void this.#teardowns.delete(entry);
  }

  /** A scope that closes with this one, or earlier by itself. */
  child(): Scope {
    const child = new Scope(this.#onError);
    const forget = this.own(() => child.close());
    child.own(forget);
    return child;
  }

  /** Closes once; later calls wait for the same end. Never rejects: failures go to `onError`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#controller.abort();
    const teardowns = [...this.#teardowns].reverse();
    this.#teardowns.clear();
    for (const teardown of teardowns) await this.#run(teardown);
  }

  async #run(teardown: Teardown): Promise<void> {
    try {
      await teardown();
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** The default: a failed teardown becomes an uncaught error, seen by tests and logs, without stopping the rest. */
function reportError(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
