import { NETWORK_FACTOR, networkOf } from './client-key.ts';
import { LruMap } from './lru-map.ts';

const WINDOW_MS = 60_000;
/** Maximum number of remembered keys. The attempts of a dropped key are forgotten. */
const MAX_KEYS = 4_096;

/**
 * Limits attempts per minute for each key, such as an address or an endpoint id. The clients of an IPv6 /48
 * network also share a limit.
 */
export class AttemptLimiter {
  readonly #perMinute: number;
  readonly #nowMs: () => number;
  readonly #windows = new LruMap<{ sinceMs: number; count: number }>(MAX_KEYS);

  /** @param nowMs a monotonic clock in milliseconds; tests pass their own */
  constructor(perMinute: number, nowMs: () => number = () => performance.now()) {
    this.#perMinute = perMinute;
    this.#nowMs = nowMs;
  }

  /** Counts an attempt and returns whether it is within the limit. */
  allows(key: string): boolean {
    const network = networkOf(key);
    const networkAllows = network === undefined || this.#count(network) <= NETWORK_FACTOR * this.#perMinute;
    return this.#count(key) <= this.#perMinute && networkAllows;
  }

  /** Counts an attempt. Returns the number of attempts in the key's current window. */
  #count(key: string): number {
    const nowMs = this.#nowMs();
    const current = this.#windows.get(key);
    const window = current && nowMs - current.sinceMs < WINDOW_MS ? current : { sinceMs: nowMs, count: 0 };
    window.count += 1;
    this.#windows.set(key, window);
    return window.count;
  }
}
