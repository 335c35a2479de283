/** Counts frames per second. */
export class FrameRate {
  /** Total number of frames. */
  total = 0;
  readonly #timesMs: number[] = [];
  readonly #now: () => number;

  /** @param now a monotonic clock, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Counts one frame at the current time. */
  count(): void {
    this.total += 1;
    this.#timesMs.push(this.#now());
    this.#trim();
  }

  /** Number of frames counted in the last second. */
  read(): number {
    this.#trim();
    return this.#timesMs.length;
  }

  #trim(): void {
    const since = this.#now() - 1000;
    while ((this.#timesMs[0] ?? Number.POSITIVE_INFINITY) < since) this.#timesMs.shift();
  }
}

/** Tracks the minimum of a value over a time window. */
export class SlidingMinimum {
  readonly #windowMs: number;
  /** Each value is smaller than all later ones, so the first value is the minimum. */
  #values: { atMs: number; value: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds a sample and returns the minimum of the window. */
  add(value: number, nowMs: number): number {
    this.#values = this.#values.filter((entry) => entry.atMs > nowMs - this.#windowMs && entry.value < value);
    this.#values.push({ atMs: nowMs, value });
    return this.#values[0]?.value ?? value;
  }
}

/** Age above which a position is ignored, in milliseconds. */
const STALE_MS = 2_000;
/**
 * Weight of each new position. Positions are reported in steps of up to 50 ms, which the mean smooths out.
 */
const WEIGHT = 0.1;

/** Smooths the media time of a playing track, which is known only at certain moments. */
export class PositionMeter {
  #offset: Offset | undefined;
  readonly #now: () => number;

  /** @param now a monotonic clock, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Records the current media time, in milliseconds. */
  update(positionMs: number): void {
    this.#offset = smoothed(this.#offset, positionMs, this.#now());
  }

  /**
   * Age of the playing media (clock minus media time), in milliseconds. Undefined without a recent position.
   */
  ageMs(): number | undefined {
    const offset = this.#offset;
    return offset && this.#now() - offset.atMs <= STALE_MS ? -offset.offsetMs : undefined;
  }
}

/**
 * Returns the media time of the shown video minus that of the audible audio, in milliseconds; null if it is
 * unknown or implausible.
 */
export function skewOf(videoAgeMs: number | undefined, audioAgeMs: number | undefined): number | null {
  if (videoAgeMs === undefined || audioAgeMs === undefined) return null;
  const skewMs = Math.round(audioAgeMs - videoAgeMs);
  return Math.abs(skewMs) > MAX_SKEW_MS ? null : skewMs;
}

/**
 * Largest plausible difference between video and audio, in milliseconds. A larger value means that the audio
 * position is wrong. This was observed after the system had suspended audio for several seconds.
 */
const MAX_SKEW_MS = 1_000;

/** Media time minus the clock, in milliseconds. */
interface Offset {
  offsetMs: number;
  atMs: number;
}

/** Smallest jump that counts as a new timeline instead of jitter, in milliseconds. */
const JUMP_MS = 1_000;

function smoothed(before: Offset | undefined, positionMs: number, nowMs: number): Offset {
  const offsetMs = positionMs - nowMs;
  if (!before || Math.abs(offsetMs - before.offsetMs) > JUMP_MS) return { offsetMs, atMs: nowMs };
  return { offsetMs: before.offsetMs + (offsetMs - before.offsetMs) * WEIGHT, atMs: nowMs };
}
