/**
 * A large frame exceeds its neighbors by at least this many bytes. That is several packets, enough for a
 * measurable transfer time.
 */
const MIN_EXTRA_BYTES = 3_000;
/**
 * A large frame is at least this many times as large as its neighbors, which is typical of keyframes. Smaller
 * differences are noise.
 */
const MIN_SIZE_FACTOR = 3;
/**
 * Time added to each measured delay, in milliseconds. Jitter and other tasks of this window might have hidden
 * that much of the delay.
 */
const HIDDEN_MS = 8;
/** How long a burst is used after it arrives, in milliseconds: two and a half keyframe intervals. */
const MAX_AGE_MS = 5_000;
/** Upper bound of the rate, in bits per second. No rendition needs more. */
const MAX_BPS = 100_000_000;
/** Maximum and minimum number of preceding frames that a large frame is compared with. */
const NEIGHBOURS = 8;
const MIN_NEIGHBOURS = 4;
/** Maximum number of tracks to remember: the renditions of one broadcast. */
const MAX_TRACKS = 8;

/** A frame with its arrival time and size. */
interface SizedFrame {
  readonly track: string;
  readonly atMs: number;
  readonly bytes: number;
}

/**
 * Measures how fast single large frames arrive. For example, a 40 kB keyframe that arrives 40 ms later than
 * its small neighbors was carried at 8 Mbit/s. The capacity might be higher, because the delay includes
 * encoding and pacing, or lower, because some connections pass short bursts faster than they can sustain.
 */
export class BurstRate {
  #bursts: { atMs: number; bps: number }[] = [];
  readonly #neighbours = new Map<string, readonly { delayMs: number; bytes: number }[]>();

  /**
   * Adds a frame.
   *
   * @param delayMs the frame's delay, which may include an offset that is constant for the track; null if
   * unknown
   */
  add({ track, atMs, bytes }: SizedFrame, delayMs: number | null): void {
    if (delayMs === null) return;
    const neighbours = this.#neighbours.get(track) ?? [];
    const usualBytes =
      neighbours.reduce((sum, frame) => sum + frame.bytes, 0) / Math.max(1, neighbours.length);
    const extraBytes = bytes - usualBytes;
    const large = extraBytes >= MIN_EXTRA_BYTES && bytes >= usualBytes * MIN_SIZE_FACTOR;
    if (large && neighbours.length >= MIN_NEIGHBOURS) {
      const extraMs =
        Math.max(0, delayMs - Math.min(...neighbours.map((frame) => frame.delayMs))) + HIDDEN_MS;
      const bps = Math.min((extraBytes * 8_000) / extraMs, MAX_BPS);
      this.#bursts = [...this.#bursts.filter((burst) => burst.atMs > atMs - MAX_AGE_MS), { atMs, bps }];
    }
    if (!this.#neighbours.has(track) && this.#neighbours.size >= MAX_TRACKS) this.#neighbours.clear();
    // A large frame also delays the frames right after it, so they must not be compared with the next large
    // frame.
    if (!large) this.#neighbours.set(track, [...neighbours.slice(1 - NEIGHBOURS), { delayMs, bytes }]);
  }

  /** Returns the highest recent rate, in bits per second; null if no large frame arrived. */
  bps(nowMs: number): number | null {
    const recent = this.#bursts.filter(({ atMs }) => atMs > nowMs - MAX_AGE_MS);
    return recent.length > 0 ? Math.max(...recent.map(({ bps }) => bps)) : null;
  }

  /** Forgets all bursts and tracks. */
  clear(): void {
    this.#bursts = [];
    this.#neighbours.clear();
  }
}
