/** Rate limiter that allows bursts: a bucket of tokens that refills at a constant rate. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #tokens: number;
  #atMs: number;

  /** The bucket starts full, so `capacity` is the size of the largest burst. */
  constructor(capacity: number, perSecond: number, nowMs: () => number = () => performance.now()) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#tokens = capacity;
    this.#atMs = nowMs();
  }

  /** Consumes a token. Returns false if the bucket is empty. */
  tryTake(): boolean {
    const nowMs = this.#nowMs();
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((nowMs - this.#atMs) * this.#perSecond) / 1000);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
