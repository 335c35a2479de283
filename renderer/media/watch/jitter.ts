/** How a target follows what arrives; times in milliseconds. */
export interface JitterRules {
  readonly minMs: number;
  /** Beyond this, real time is lost anyway, and being steady no gain. */
  readonly maxMs: number;
  /** Where it begins, before anything is known. */
  readonly startMs: number;
  /** This part of the arrivals is to be in time; for the rest, one would wait too long. */
  readonly inTime: number;
  /** Room on top, and by how much less it must be before it is lowered. */
  readonly marginMs: number;
  readonly lowerByMs: number;
  /** Targets are multiples of this. */
  readonly stepMs: number;
  /** It is raised at once, but lowered only after it could have been for this long. */
  readonly lowerAfterMs: number;
  /** How far back arrivals count. */
  readonly windowMs: number;
}

/**
 * What a late packet lacks is filled with what came before, which is heard a little; to change the buffer is hardly
 * heard. A buffer below 20 ms does not play without gaps over Web Audio. No more than one can talk with is held back, for
 * the picture waits for its sound.
 */
export const SOUND_JITTER: JitterRules = {
  minMs: 20,
  maxMs: 200,
  startMs: 40,
  // About what WebRTC's own buffer of sound allows.
  inTime: 0.95,
  marginMs: 5,
  lowerByMs: 5,
  stepMs: 5,
  lowerAfterMs: 1_000,
  windowMs: 3_000,
};

/**
 * A picture that is late by some milliseconds is shown at once and hardly noticed, so less is held back: one in seven may
 * be late, which is by less than a frame's interval where the rest is.
 */
export const PICTURE_JITTER: JitterRules = {
  minMs: 0,
  maxMs: 500,
  startMs: 10,
  inTime: 0.85,
  marginMs: 1,
  lowerByMs: 2,
  stepMs: 1,
  lowerAfterMs: 500,
  windowMs: 3_000,
};

/** What arrives first is a backlog, as late as it is old; it says nothing about the network. */
const WARM_UP_MS = 1_000;
const LOOK_EVERY_MS = 500;
/** A pause this long is a stall: what comes after it is a backlog again, which no buffer was meant to cover. */
const STALL_MS = 300;
/** Stalls that follow each other within this time are how the network is, and count. */
const STALLS_COUNT_WITHIN_MS = 5_000;
/** A backlog is over when what arrives is this little later than the target allows. */
const BACKLOG_OVER_MS = 20;

/**
 * How long to hold back what arrives, so that it can be shown evenly: as little as its arrival times allow. Pure.
 */
export class JitterTarget {
  readonly #rules: JitterRules;
  #targetMs: number;
  readonly #delays: { atMs: number; delayMs: number }[] = [];
  #firstMs: number | undefined;
  #lookMs = 0;
  #lowerSinceMs: number | undefined;
  #lastMs: number | undefined;
  #stalledMs = Number.NEGATIVE_INFINITY;
  #backlog = false;

  constructor(rules: JitterRules = SOUND_JITTER) {
    this.#rules = rules;
    this.#targetMs = rules.startMs;
  }

  get targetMs(): number {
    return this.#targetMs;
  }

  /** A frame of media time `mediaMs` arrived; true when the target changed. */
  arrived(mediaMs: number, nowMs: number): boolean {
    this.#firstMs ??= nowMs;
    if (nowMs - this.#firstMs < WARM_UP_MS || this.#inBacklog(nowMs - mediaMs, nowMs)) return false;
    this.#delays.push({ atMs: nowMs, delayMs: nowMs - mediaMs });
    while ((this.#delays[0]?.atMs ?? nowMs) < nowMs - this.#rules.windowMs) this.#delays.shift();
    if (nowMs - this.#lookMs < LOOK_EVERY_MS) return false;
    this.#lookMs = nowMs;
    return this.#decide(nowMs);
  }

  #inBacklog(delayMs: number, nowMs: number): boolean {
    const pauseMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    if (pauseMs > STALL_MS) {
      this.#backlog = nowMs - this.#stalledMs > STALLS_COUNT_WITHIN_MS;
      this.#stalledMs = nowMs;
    }
    // A way that is longer from now on looks like a backlog that does not end.
    if (nowMs - this.#stalledMs > STALL_MS) this.#backlog = false;
    if (this.#backlog && delayMs <= this.#quickestMs() + this.#targetMs + BACKLOG_OVER_MS)
      this.#backlog = false;
    return this.#backlog;
  }

  #decide(nowMs: number): boolean {
    const { lowerByMs, lowerAfterMs } = this.#rules;
    const neededMs = this.#needed();
    if (neededMs > this.#targetMs) {
      this.#lowerSinceMs = undefined;
      this.#targetMs = neededMs;
      return true;
    }
    if (neededMs > this.#targetMs - lowerByMs) {
      this.#lowerSinceMs = undefined;
      return false;
    }
    this.#lowerSinceMs ??= nowMs;
    if (nowMs - this.#lowerSinceMs < lowerAfterMs) return false;
    this.#lowerSinceMs = undefined;
    this.#targetMs = neededMs;
    return true;
  }

  #needed(): number {
    const { minMs, maxMs, marginMs, stepMs, inTime } = this.#rules;
    const delays = this.#delays.map(({ delayMs }) => delayMs).sort((a, b) => a - b);
    const quickest = delays[0] ?? 0;
    const late = delays[Math.min(delays.length - 1, Math.floor(delays.length * inTime))] ?? quickest;
    const needed = stepMs * Math.ceil((late - quickest + marginMs) / stepMs);
    return Math.min(maxMs, Math.max(minMs, needed));
  }

  #quickestMs(): number {
    return this.#delays.reduce((least, { delayMs }) => Math.min(least, delayMs), Number.POSITIVE_INFINITY);
  }
}
