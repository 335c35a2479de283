/** How many calls from strangers may ring. Strangers share the limits, because endpoint ids cost nothing. */
export interface StrangerRingLimits {
  /** Maximum number of calls that ring within any minute. */
  strangersPerMinute: number;
  /** Maximum number of calls that ring unanswered within any hour. */
  strangersPerHour: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Limits how often all strangers together can ring. A call that the user answers no longer counts. */
export class StrangerRings {
  readonly #limits: StrangerRingLimits;
  readonly #nowMs: () => number;
  /** The calls of the last hour, oldest first. There are at most `strangersPerHour`. */
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

  /** Stops counting the calls of a peer whose call the user has answered. */
  recordAnswered(peer: string): void {
    this.#rings = this.#rings.filter((ring) => ring.peer !== peer);
  }
}
