/** Parameters of an exponential backoff. Attempt n waits for `firstMs * factor ** n`, but for at most `maxMs`. */
export interface BackoffConfig {
  firstMs: number;
  factor: number;
  maxMs: number;
}

/**
 * Backoff for reconnecting to a peer or a relay. The first retry is almost immediate, because most outages
 * are short. The maximum delay of 15 s keeps viewers from waiting long for a laptop that wakes up.
 */
export const PULL_BACKOFF: BackoffConfig = { firstMs: 500, factor: 2, maxMs: 15_000 };

/** Jitter: each delay is multiplied by a random factor between 0.8 and 1.2. */
const JITTER = 0.2;

/**
 * Exponential backoff with jitter, which keeps clients from all reconnecting to a relay at the same moment
 * after an outage.
 */
export class Backoff {
  readonly #config: BackoffConfig;
  readonly #random: () => number;
  #failures = 0;

  /**
   * @param random returns a number in [0, 1), like `Math.random`; if it always returns 0.5, there is no
   * jitter
   */
  constructor(config: BackoffConfig, random: () => number = Math.random) {
    this.#config = config;
    this.#random = random;
  }

  /**
   * Returns the delay before the next attempt, in whole ms. The delay grows with each call until `reset`.
   *
   * @param limitMs upper bound for this delay in addition to `maxMs`, for callers that need a quick retry
   */
  next(limitMs = Number.POSITIVE_INFINITY): number {
    const { firstMs, factor, maxMs } = this.#config;
    const delayMs = Math.min(maxMs, firstMs * factor ** this.#failures);
    if (delayMs < maxMs) this.#failures += 1;
    const spread = 1 + JITTER * (2 * this.#random() - 1);
    const upperMs = Math.min(maxMs, limitMs);
    const jitteredMs = Math.min(delayMs, limitMs) * spread;
    // A delay above the limit is mirrored to the same distance below it. Clamping would give half of the
    // clients an identical delay.
    return Math.round(jitteredMs > upperMs ? 2 * upperMs - jitteredMs : jitteredMs);
  }

  /** Resets the delay to its initial value, after a success. */
  reset(): void {
    this.#failures = 0;
  }
}
