import { LruMap } from '../base/lru-map.ts';

/** Maximum number of remembered peers. The peer that called longest ago is dropped first. */
const MAX_PEERS = 4_096;
/** Maximum cooldown after repeated unanswered calls, in milliseconds. */
const MAX_QUIET_MS = 300_000;

/**
 * Prevents a peer from ringing again and again. A call that follows the peer's last attempt too soon rings only after
 * a quiet period. So a user who hung up by mistake waits for two seconds, and a machine that calls constantly rings
 * only once.
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
   * Counts a call attempt. Returns how long it must wait before it rings, in milliseconds. Returns 0 after a quiet
   * period.
   */
  attempt(peer: string): number {
    const nowMs = this.#nowMs();
    const lastMs = this.#lastAttemptMs.get(peer);
    this.#lastAttemptMs.set(peer, nowMs);
    const quietMs = this.#quietFor(peer);
    return lastMs === undefined || nowMs - lastMs >= quietMs ? 0 : quietMs;
  }

  /** Records an unanswered call. The second and each further unanswered call in a row doubles the quiet period. */
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
