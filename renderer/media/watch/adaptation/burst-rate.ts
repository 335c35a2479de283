/**
 * How fast single large frames come: a key frame of 40 kB that comes 40 ms later than its small neighbours came at
 * 8 Mbit/s. It tells what the link carries while what is read does not fill it, from below: the encoder's own time and
 * the sender's pacing are in the delay too. A link that lets short bursts through faster than it lasts makes it too
 * high, so it speaks for a try, and proves nothing.
 */

/** A frame must be larger than its neighbours by this, in bytes: some packets, whose time can be seen. */
const LEAST_EXTRA_BYTES = 3_000;
/** And this many times as large, as key frames are: what neighbours differ by is noise. */
const LEAST_FACTOR = 3;
/** Added to each delay, in milliseconds: what jitter and the window's own tasks may have hidden of it. */
const HIDDEN_MS = 8;
/** A burst tells of the link for this long, in milliseconds: two key frames' distance and a half. */
const LIFE_MS = 5_000;
/** More is not needed by any rendition, in bits per second. */
const MOST_BPS = 100_000_000;
/** Frames before a large one by which it is judged, and fewest of them. */
const NEIGHBOURS = 8;
const LEAST_NEIGHBOURS = 4;
/** Tracks that are remembered: a handful of renditions. */
const MAX_TRACKS = 8;

export interface SizedFrame {
  readonly track: string;
  readonly atMs: number;
  readonly bytes: number;
}

export class BurstRate {
  #bursts: { atMs: number; bps: number }[] = [];
  readonly #neighbours = new Map<string, readonly { delayMs: number; bytes: number }[]>();

  /** `delayMs` is the frame's delay on any steady scale, the same for all of its track. */
  add({ track, atMs, bytes }: SizedFrame, delayMs: number | null): void {
    if (delayMs === null) return;
    const neighbours = this.#neighbours.get(track) ?? [];
    const usualBytes =
      neighbours.reduce((sum, frame) => sum + frame.bytes, 0) / Math.max(1, neighbours.length);
    const extraBytes = bytes - usualBytes;
    const large = extraBytes >= LEAST_EXTRA_BYTES && bytes >= usualBytes * LEAST_FACTOR;
    if (large && neighbours.length >= LEAST_NEIGHBOURS) {
      const extraMs =
        Math.max(0, delayMs - Math.min(...neighbours.map((frame) => frame.delayMs))) + HIDDEN_MS;
      const bps = Math.min((extraBytes * 8_000) / extraMs, MOST_BPS);
      this.#bursts = [...this.#bursts.filter((burst) => burst.atMs > atMs - LIFE_MS), { atMs, bps }];
    }
    if (!this.#neighbours.has(track) && this.#neighbours.size >= MAX_TRACKS) this.#neighbours.clear();
    // What comes right behind a large frame waits for it, and is no measure of the next.
    if (!large) this.#neighbours.set(track, [...neighbours.slice(1 - NEIGHBOURS), { delayMs, bytes }]);
  }

  /** The fastest of the last seconds, in bits per second; null when there was none. */
  bps(nowMs: number): number | null {
    const recent = this.#bursts.filter(({ atMs }) => atMs > nowMs - LIFE_MS);
    return recent.length > 0 ? Math.max(...recent.map(({ bps }) => bps)) : null;
  }

  clear(): void {
    this.#bursts = [];
    this.#neighbours.clear();
  }
}
