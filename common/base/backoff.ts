/**
 * Bounded exponential back-off: the first retry is almost at once, because most losses are short; the last ones are
 * far enough apart that a peer which is gone for the evening costs nothing.
 */
export interface BackoffConfig {
  firstMs: number;
  factor: number;
  maxMs: number;
}

/** A friend's laptop that wakes up is seen within a few seconds; 15 s is the longest that a watcher waits. */
export const PULL_BACKOFF: BackoffConfig = { firstMs: 500, factor: 2, maxMs: 15_000 };

export class Backoff {
  readonly #config: BackoffConfig;
  #failures = 0;

  constructor(config: BackoffConfig) {
    this.#config = config;
  }

  /** How long to wait before the next attempt, in milliseconds; longer each time until `reset`. */
  next(): number {
    const { firstMs, factor, maxMs } = this.#config;
    const delayMs = Math.min(maxMs, firstMs * factor ** this.#failures);
    if (delayMs < maxMs) this.#failures += 1;
    return delayMs;
  }

  reset(): void {
    this.#failures = 0;
  }
}
