import { LruMap } from '../base/lru-map.ts';

/** Maximum number of remembered peers. The least recent callers are dropped first. */
const MAX_PEERS = 4_096;
/** Maximum quiet period after repeated unanswered calls, in milliseconds. */
const MAX_QUIET_MS = 300_000;

/**
 * Prevents a peer from ringing again and again. A call that comes too soon after the peer's last attempt does
 * not ring until a quiet period has passed. A user who hung up by mistake waits two seconds; a machine that
 * calls constantly rings only once.
 */
export class RingCooldown {
  readonly #quietMs: number;
  readonly #nowMs: () => number;
  readonly #lastAttemptMs = new LruMap<number>(MAX_PEERS);
  readonly #missedInARow = new LruMap<number>(MAX_PEERS);

  /**
   * @param quietMs quiet period after which a new or answered peer may ring again
   * @param nowMs a monotonic clock in milliseconds; tests pass their own
   */
  constructor(quietMs: number, nowMs: () => number = () => performance.now()) {
    this.#quietMs = quietMs;
    this.#nowMs = nowMs;
  }

  /**
   * Counts a call attempt. Returns how long the call must wait before it rings, in milliseconds; 0 if the peer made
   * no attempt during the quiet period.
   */
  attempt(peer: string): number {
    const nowMs = this.#nowMs();
    const lastMs = this.#lastAttemptMs.get(peer);
    this.#lastAttemptMs.set(peer, nowMs);
    const quietMs = this.#quietFor(peer);
    return lastMs === undefined || nowMs - lastMs >= quietMs ? 0 : quietMs;
  }

  /**
   * Records an unanswered call. Starting with the second unanswered call in a row, each one doubles the quiet
   * period.
   */
  recordMissed(peer: string): void {
    this.#missedInARow.set(peer, (this.#missedInARow.get(peer) ?? 0) + 1);
  }

  /** Records an answered call, which resets the quiet period. */
  recordAnswered(peer: string): void {
    this.#missedInARow.set(peer, 0);
  }

  #quietFor(peer: string): number {
    const doublings = Math.max(0, (this.#missedInARow.get(peer) ?? 0) - 1);
    return Math.max(this.#quietMs, Math.min(MAX_QUIET_MS, this.#quietMs * 2 ** doublings));
  }
}
