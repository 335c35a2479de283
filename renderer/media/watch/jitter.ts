/** Parameters for a `JitterTarget`; times in milliseconds. */
export interface JitterRules {
  readonly minMs: number;
  /**
   * Maximum target. A longer delay would no longer be real-time, and smoother playback does not justify that.
   */
  readonly maxMs: number;
  /** Initial target, used before the first arrivals. */
  readonly startMs: number;
  /** Fraction of frames that should arrive on time. Waiting for all frames would take too long. */
  readonly inTime: number;
  /** Margin added to the required delay. */
  readonly marginMs: number;
  /** The target falls only if the required delay is below it by at least this much. */
  readonly lowerByMs: number;
  /** Step size of the target, which is always a multiple of this value. */
  readonly stepMs: number;
  /** How long a lower target must have sufficed before the target falls. It rises immediately. */
  readonly lowerAfterMs: number;
  /** Length of the time window whose arrivals determine the target. */
  readonly windowMs: number;
}

/**
 * Parameters for audio. A missing packet is slightly audible; a change in the buffer size hardly is. With
 * less than 20 ms of buffer, Web Audio plays with gaps. The video waits for the audio, so the maximum is a
 * delay that still allows a conversation.
 */
export const AUDIO_JITTER: JitterRules = {
  minMs: 20,
  maxMs: 200,
  startMs: 40,
  // WebRTC sizes its audio buffer for approximately this share of the packets.
  inTime: 0.95,
  marginMs: 5,
  lowerByMs: 5,
  stepMs: 5,
  lowerAfterMs: 1_000,
  windowMs: 3_000,
};

/**
 * Parameters for video. The buffer is smaller than for audio, because viewers hardly notice a frame that is a
 * few milliseconds late. One in seven frames may be late, usually by less than a frame interval.
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

/**
 * How long arrivals are ignored after the first one. The first frames are a backlog, so their delays reflect
 * the backlog's age instead of the network.
 */
const WARM_UP_MS = 1_000;
const UPDATE_EVERY_MS = 500;
/**
 * Minimum pause between arrivals that counts as a stall. The arrivals after a stall are a backlog, which the
 * buffer should not cover.
 */
const STALL_MS = 300;
/**
 * If a stall follows another one within this time, its delays count as network delay, because stalls that
 * recur this soon are typical of the network.
 */
const STALLS_COUNT_WITHIN_MS = 5_000;
/**
 * A backlog ends when the delay of an arrival exceeds the minimum delay plus the target by no more than this.
 */
const BACKLOG_OVER_MS = 20;

/** Computes the smallest buffer that evens out the arrival times of a track. The class has no timers. */
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

  /** The recommended buffer, in milliseconds. */
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
    // Without this time limit, a permanent increase in the network delay would look like an endless backlog.
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
