/** Frames shown in the last second. */
export class FrameRate {
  /** All frames so far. */
  total = 0;
  readonly #timesMs: number[] = [];
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  count(): void {
    this.total += 1;
    this.#timesMs.push(this.#now());
    this.#trim();
  }

  read(): number {
    this.#trim();
    return this.#timesMs.length;
  }

  #trim(): void {
    const since = this.#now() - 1000;
    while ((this.#timesMs[0] ?? Number.POSITIVE_INFINITY) < since) this.#timesMs.shift();
  }
}

/** A position this old says nothing about now, in milliseconds. */
const STALE_MS = 2_000;
/** Weight of each new position: positions are told in steps of up to 50 ms, which the mean evens out. */
const WEIGHT = 0.1;

/** Shown picture minus heard sound, from positions in media time that are told at different moments. */
export class SkewMeter {
  #picture: Lead | undefined;
  #sound: Lead | undefined;
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  picture(positionMs: number): void {
    this.#picture = follow(this.#picture, positionMs, this.#now());
  }

  sound(positionMs: number): void {
    this.#sound = follow(this.#sound, positionMs, this.#now());
  }

  /** In milliseconds; positive when the picture is ahead. Null while either is missing. */
  read(): number | null {
    const now = this.#now();
    const { picture, sound } = { picture: this.#picture, sound: this.#sound };
    if (!picture || !sound || now - picture.atMs > STALE_MS || now - sound.atMs > STALE_MS) return null;
    const skewMs = Math.round(picture.leadMs - sound.leadMs);
    return Math.abs(skewMs) > BELIEVABLE_MS ? null : skewMs;
  }
}

/**
 * Players drop and skip long before picture and sound are this far apart, in milliseconds. A larger figure is a sound
 * position that did not follow a skip (seen after the system held sound back for seconds), and would mislead.
 */
const BELIEVABLE_MS = 1_000;

/** How far media time is ahead of the clock. */
interface Lead {
  leadMs: number;
  atMs: number;
}

/** A jump of this size is a new timeline, not jitter, in milliseconds. */
const JUMP_MS = 1_000;

function follow(before: Lead | undefined, positionMs: number, nowMs: number): Lead {
  const leadMs = positionMs - nowMs;
  if (!before || Math.abs(leadMs - before.leadMs) > JUMP_MS) return { leadMs, atMs: nowMs };
  return { leadMs: before.leadMs + (leadMs - before.leadMs) * WEIGHT, atMs: nowMs };
}
