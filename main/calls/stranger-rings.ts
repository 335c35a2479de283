/**
 * Limits on calls from strangers. All strangers share the limits, because anyone can create any number of
 * endpoint ids.
 */
export interface StrangerRingLimits {
  /** Maximum number of calls that ring within any minute. */
  strangersPerMinute: number;
  /** Maximum number of unanswered calls that ring within any hour. */
  strangersPerHour: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Limits how often all strangers together can ring. Calls that the user answers do not count toward the
 * limits.
 */
export class StrangerRings {
  readonly #limits: StrangerRingLimits;
  readonly #nowMs: () => number;
  /**
   * The calls of the last hour that count toward the limits, oldest first. There are at most
   * `strangersPerHour`.
   */
  #rings: readonly { peer: string; atMs: number }[] = [];

  /** @param nowMs a monotonic clock in milliseconds; tests pass their own */
  constructor(limits: StrangerRingLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** Returns whether a call from a stranger may ring, and counts it if so. */
  tryRing(peer: string): boolean {
    const atMs = this.#nowMs();
    this.#rings = this.#rings.filter((ring) => atMs - ring.atMs < HOUR_MS);
    const lastMinute = this.#rings.filter((ring) => atMs - ring.atMs < MINUTE_MS).length;
    const { strangersPerMinute, strangersPerHour } = this.#limits;
    if (lastMinute >= strangersPerMinute || this.#rings.length >= strangersPerHour) return false;
    this.#rings = [...this.#rings, { peer, atMs }];
    return true;
  }

  /** Stops counting a peer's calls because the user has answered one of them. */
  recordAnswered(peer: string): void {
    this.#rings = this.#rings.filter((ring) => ring.peer !== peer);
  }
}
