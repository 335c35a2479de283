/** Parameters of a `JitterTarget`; times in milliseconds. */
export interface JitterRules {
  readonly minMs: number;
  /** Upper bound. Beyond it, real-time use is lost anyway, so steadiness is no gain. */
  readonly maxMs: number;
  /** Initial target, before any arrivals. */
  readonly startMs: number;
  /** Share of arrivals that should be in time. Waiting for the rest would take too long. */
  readonly inTime: number;
  /** Added to the required delay. */
  readonly marginMs: number;
  /** The target is lowered only if the required delay is below it by this much. */
  readonly lowerByMs: number;
  /** Targets are multiples of this. */
  readonly stepMs: number;
  /** The target rises at once, but falls only after a lower one was sufficient for this long. */
  readonly lowerAfterMs: number;
  /** Window of the arrivals. */
  readonly windowMs: number;
}

/**
 * A late packet is replaced with earlier audio, which is slightly audible; a change of the buffer is hardly audible. A
 * buffer below 20 ms does not play without gaps over Web Audio. The maximum still allows a conversation, because the
 * video waits for the audio.
 */
export const AUDIO_JITTER: JitterRules = {
  minMs: 20,
  maxMs: 200,
  startMs: 40,
  // About the share that WebRTC's audio buffer allows.
  inTime: 0.95,
  marginMs: 5,
  lowerByMs: 5,
  stepMs: 5,
  lowerAfterMs: 1_000,
  windowMs: 3_000,
};

/**
 * A video frame that is late by some milliseconds is shown at once and hardly noticed, so the buffer is smaller than for
 * audio. One in seven frames may be late, usually by less than a frame interval.
 */
export const VIDEO_JITTER: JitterRules = {
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

/** The first arrivals are a backlog. Their delay reflects their age and says nothing about the network. */
const WARM_UP_MS = 1_000;
const UPDATE_EVERY_MS = 500;
/** A pause of this length is a stall. The arrivals after it are a backlog again, which no buffer should cover. */
const STALL_MS = 300;
/** Stalls that repeat within this time are typical of the network, so they count. */
const STALLS_COUNT_WITHIN_MS = 5_000;
/** A backlog ends when an arrival exceeds the target by at most this. */
const BACKLOG_OVER_MS = 20;

/** Computes the smallest buffer that evens out the arrival times of a track. Has no timers of its own. */
export class JitterTarget {
  readonly #rules: JitterRules;
  #targetMs: number;
  readonly #delays: { atMs: number; delayMs: number }[] = [];
  #firstMs: number | undefined;
  #updatedMs = 0;
  #lowerSinceMs: number | undefined;
  #lastMs: number | undefined;
  #stalledMs = Number.NEGATIVE_INFINITY;
  #backlog = false;

  constructor(rules: JitterRules = AUDIO_JITTER) {
    this.#rules = rules;
    this.#targetMs = rules.startMs;
  }

  /** The buffer to keep, in milliseconds. */
  get targetMs(): number {
    return this.#targetMs;
  }

  /** Adds the arrival of a frame with media time `mediaMs`. Returns whether the target changed. */
  addArrival(mediaMs: number, nowMs: number): boolean {
    this.#firstMs ??= nowMs;
    if (nowMs - this.#firstMs < WARM_UP_MS || this.#isBacklog(nowMs - mediaMs, nowMs)) return false;
    this.#delays.push({ atMs: nowMs, delayMs: nowMs - mediaMs });
    while ((this.#delays[0]?.atMs ?? nowMs) < nowMs - this.#rules.windowMs) this.#delays.shift();
    if (nowMs - this.#updatedMs < UPDATE_EVERY_MS) return false;
    this.#updatedMs = nowMs;
    return this.#update(nowMs);
  }

  #isBacklog(delayMs: number, nowMs: number): boolean {
    const pauseMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    if (pauseMs > STALL_MS) {
      this.#backlog = nowMs - this.#stalledMs > STALLS_COUNT_WITHIN_MS;
      this.#stalledMs = nowMs;
    }
    // A permanently longer network delay would look like an endless backlog.
    if (nowMs - this.#stalledMs > STALL_MS) this.#backlog = false;
    if (this.#backlog && delayMs <= this.#minDelayMs() + this.#targetMs + BACKLOG_OVER_MS)
      this.#backlog = false;
    return this.#backlog;
  }

  #update(nowMs: number): boolean {
    const { lowerByMs, lowerAfterMs } = this.#rules;
    const neededMs = this.#neededMs();
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

  #neededMs(): number {
    const { minMs, maxMs, marginMs, stepMs, inTime } = this.#rules;
    const delays = this.#delays.map(({ delayMs }) => delayMs).sort((a, b) => a - b);
    const fastest = delays[0] ?? 0;
    const late = delays[Math.min(delays.length - 1, Math.floor(delays.length * inTime))] ?? fastest;
    const needed = stepMs * Math.ceil((late - fastest + marginMs) / stepMs);
    return Math.min(maxMs, Math.max(minMs, needed));
  }

  #minDelayMs(): number {
    return this.#delays.reduce(
      (minimum, { delayMs }) => Math.min(minimum, delayMs),
      Number.POSITIVE_INFINITY,
    );
  }
}
