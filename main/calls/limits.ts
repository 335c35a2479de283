/** Peers remembered at most; the one seen longest ago goes first. */
const MAX_PEERS = 4_096;
const MINUTE_MS = 60_000;

/** A map that forgets whom it heard of longest ago. */
class Recent<T> {
  readonly #entries = new Map<string, T>();

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > MAX_PEERS && oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** Counts what each peer does in a minute. Peers are known by their endpoint id, which costs nothing to make but is proven. */
export class PerMinute {
  readonly #limit: number;
  readonly #nowMs: () => number;
  readonly #windows = new Recent<{ sinceMs: number; count: number }>();

  constructor(limit: number, nowMs: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#nowMs = nowMs;
  }

  /** Whether one more is within the limit. */
  allows(peer: string): boolean {
    const now = this.#nowMs();
    const known = this.#windows.get(peer);
    const entry = known && now - known.sinceMs < MINUTE_MS ? known : { sinceMs: now, count: 0 };
    entry.count += 1;
    this.#windows.set(peer, entry);
    return entry.count <= this.#limit;
  }
}

/** Who calls again and again without an answer is not listened to for longer than this, in milliseconds. */
const MAX_QUIET_MS = 5 * MINUTE_MS;

/**
 * Keeps one peer from ringing again and again: who tried a moment ago rings once it has been quiet for a while, so
 * that somebody who hung up by mistake waits two seconds, and a machine that calls all the time rings once.
 */
export class Quiet {
  readonly #quietMs: number;
  readonly #nowMs: () => number;
  readonly #tries = new Recent<number>();
  readonly #misses = new Recent<number>();

  constructor(quietMs: number, nowMs: () => number = () => performance.now()) {
    this.#quietMs = quietMs;
    this.#nowMs = nowMs;
  }

  /** Counts a try. How long it has to wait before it rings, in milliseconds; 0 after a quiet time. */
  tried(peer: string): number {
    const now = this.#nowMs();
    const before = this.#tries.get(peer);
    this.#tries.set(peer, now);
    const quietMs = this.#quietFor(peer);
    return before === undefined || now - before >= quietMs ? 0 : quietMs;
  }

  /** It rang and nobody answered: the second time in a row doubles the quiet time, and so does each one after it. */
  missed(peer: string): void {
    this.#misses.set(peer, (this.#misses.get(peer) ?? 0) + 1);
  }

  answered(peer: string): void {
    this.#misses.set(peer, 0);
  }

  #quietFor(peer: string): number {
    const doublings = Math.max(0, (this.#misses.get(peer) ?? 0) - 1);
    return Math.max(this.#quietMs, Math.min(MAX_QUIET_MS, this.#quietMs * 2 ** doublings));
  }
}
