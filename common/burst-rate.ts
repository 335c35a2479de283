/**
 * How fast single large frames come: a key frame of 40 kB that comes 40 ms later than its small neighbours came at
 * 8 Mbit/s. It tells what the link carries while what is read does not fill it, from below: the encoder's own time and
 * the sender's pacing are in the delay too. A link that lets short bursts through faster than it lasts makes it too
 * high, so it speaks for a try, and proves nothing.
 */

/** Smaller frames come in one or two round trips' worth of packets at any rate. */
const LEAST_BYTES = 8_000;
/** The clock of arrivals is not finer, in milliseconds: between a packet and a frame's being whole lie tasks. */
const LEAST_MS = 4;
/** A burst tells of the link for this long, in milliseconds: two key frames' distance and a half. */
const LIFE_MS = 5_000;
/** More is not needed by any rendition, in bits per second. */
const MOST_BPS = 100_000_000;
/** Frames before a large one by which its delay is judged. */
const NEIGHBOURS = 8;

export interface SizedFrame {
  readonly track: string;
  readonly atMs: number;
  readonly bytes: number;
}

export class BurstRate {
  #bursts: { atMs: number; bps: number }[] = [];
  readonly #usual = new Map<string, number[]>();

  /** `delayMs` is the frame's delay on any steady scale, the same for all of its track. */
  add({ track, atMs, bytes }: SizedFrame, delayMs: number | null): void {
    if (delayMs === null) return;
    const usual = this.#usual.get(track) ?? [];
    if (bytes >= LEAST_BYTES && usual.length >= NEIGHBOURS / 2) {
      const extraMs = Math.max(delayMs - Math.min(...usual), LEAST_MS);
      const bps = Math.min((bytes * 8_000) / extraMs, MOST_BPS);
      this.#bursts = [...this.#bursts.filter((burst) => burst.atMs > atMs - LIFE_MS), { atMs, bps }];
    }
    // A handful of renditions at most; one that was left is of no use any more.
    if (!this.#usual.has(track) && this.#usual.size >= NEIGHBOURS) this.#usual.clear();
    this.#usual.set(track, [...usual.slice(1 - NEIGHBOURS), delayMs]);
  }

  /** The fastest of the last seconds, in bits per second; null when there was none. */
  bps(nowMs: number): number | null {
    const recent = this.#bursts.filter(({ atMs }) => atMs > nowMs - LIFE_MS);
    return recent.length > 0 ? Math.max(...recent.map(({ bps }) => bps)) : null;
  }

  clear(): void {
    this.#bursts = [];
    this.#usual.clear();
  }
}
