/** So much at once, and so much a second in the long run: what is above that is refused. */
export class TokenBucket {
  readonly #most: number;
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #left: number;
  #atMs: number;

  /** `most`: at once, and what there is at first. */
  constructor(most: number, perSecond: number, nowMs: () => number = () => performance.now()) {
    this.#most = most;
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#left = most;
    this.#atMs = nowMs();
  }

  /** Takes one, if there is one. */
  tryTake(): boolean {
    const nowMs = this.#nowMs();
    this.#left = Math.min(this.#most, this.#left + ((nowMs - this.#atMs) * this.#perSecond) / 1000);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
