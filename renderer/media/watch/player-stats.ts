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

/** The least value of the last while. */
export class LeastOf {
  readonly #windowMs: number;
  /** Each less than all after it: the first is the least. */
  #values: { atMs: number; value: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Takes one more and tells the least. */
  least(value: number, nowMs: number): number {
    this.#values = this.#values.filter((entry) => entry.atMs > nowMs - this.#windowMs && entry.value < value);
    this.#values.push({ atMs: nowMs, value });
    return this.#values[0]?.value ?? value;
  }
}

/** A position this old says nothing about now, in milliseconds. */
const STALE_MS = 2_000;
/** Weight of each new position: positions are told in steps of up to 50 ms, which the mean evens out. */
const WEIGHT = 0.1;

/** Where something that goes on is in media time, from positions that are told now and then. */
export class PositionMeter {
  #lead: Lead | undefined;
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** It is at this media time now, in milliseconds. */
  at(positionMs: number): void {
    this.#lead = follow(this.#lead, positionMs, this.#now());
  }

  /** The clock minus the media time, in milliseconds; undefined when nothing was told lately. */
  ageMs(): number | undefined {
    const lead = this.#lead;
    return lead && this.#now() - lead.atMs <= STALE_MS ? -lead.leadMs : undefined;
  }
}

/** Shown picture minus heard sound in media time, in milliseconds; positive when the picture is ahead. */
export function skewOf(pictureAgeMs: number | undefined, soundAgeMs: number | undefined): number | null {
  if (pictureAgeMs === undefined || soundAgeMs === undefined) return null;
  const skewMs = Math.round(soundAgeMs - pictureAgeMs);
  return Math.abs(skewMs) > BELIEVABLE_MS ? null : skewMs;
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
