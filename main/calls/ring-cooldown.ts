import { LruMap } from '../base/lru-map.ts';

/** Peers remembered at most; the one that called longest ago is dropped first. */
const MAX_PEERS = 4_096;
/** Longest cooldown after repeated unanswered calls, in milliseconds. */
const MAX_QUIET_MS = 300_000;

/**
 * Keeps one peer from ringing again and again. A call that follows the last attempt too soon rings only after a quiet
 * period: a user who hung up by mistake waits two seconds, and a machine that calls constantly rings once.
 */
export class RingCooldown {
  readonly #quietMs: number;
  readonly #nowMs: () => number;
  readonly #lastAttemptMs = new LruMap<number>(MAX_PEERS);
  readonly #missedInARow = new LruMap<number>(MAX_PEERS);

  /**
   * @param quietMs quiet period before an answered or new peer may ring again
   * @param nowMs a monotonic clock in milliseconds; tests pass their own
   */
  constructor(quietMs: number, nowMs: () => number = () => performance.now()) {
    this.#quietMs = quietMs;
    this.#nowMs = nowMs;
  }

  /** Counts a call attempt. Returns how long it must wait before it rings, in milliseconds; 0 after a quiet period. */
  attempt(peer: string): number {
    const nowMs = this.#nowMs();
    const lastMs = this.#lastAttemptMs.get(peer);
    this.#lastAttemptMs.set(peer, nowMs);
    const quietMs = this.#quietFor(peer);
    return lastMs === undefined || nowMs - lastMs >= quietMs ? 0 : quietMs;
  }

  /** Records an unanswered call. The second one in a row doubles the quiet period, and so does each one after it. */
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
