/** A function that releases a resource. */
export type Teardown = () => void | Promise<void>;

/**
 * Owns resources and releases them together. Teardown functions run when the scope closes, newest first. A
 * teardown that is registered after closing runs immediately. `signal` aborts before the first teardown runs.
 */
export class Scope {
  readonly #controller = new AbortController();
  readonly #teardowns = new Set<Teardown>();
  readonly #onError: (error: unknown) => void;
  #closing: Promise<void> | undefined;

  /** @param onError receives the error of a teardown that threw or rejected. The other teardowns still run. */
  constructor(onError: (error: unknown) => void = reportError) {
    this.#onError = onError;
  }

  /** Aborts when the scope begins to close. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the scope has begun to close. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Runs `teardown` when the scope closes, or immediately if it has already closed. Returns a function that
   * removes the teardown without running it.
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

  /** Creates a child scope, which closes together with its parent unless it is closed earlier. */
  child(): Scope {
    const child = new Scope(this.#onError);
    const forget = this.own(() => child.close());
    child.own(forget);
    return child;
  }

  /** Closes the scope once; further calls return the same promise. Never rejects: errors go to `onError`. */
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

/** By default, a teardown's error is thrown as an uncaught error, so that tests and logs report it. */
function reportError(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
