import { JitterTarget, VIDEO_JITTER } from './jitter.ts';

/**
 * Time window in which the fastest arrival is determined, in milliseconds. It is long enough to contain a
 * fast frame and short enough to follow clock drift.
 */
const FASTEST_WINDOW_MS = 5_000;
/** Maximum lead of the video over the audio. Viewers notice a lead of 125 ms or more (ITU-R BT.1359-1, figure 2). */
export const MAX_LEAD_MS = 120;
/** Maximum lag of the video behind the audio. Viewers notice a lag of 45 ms or more (same source). */
export const MAX_LAG_MS = 40;
/**
 * Largest plausible difference between audio and video. Beyond that, the audio position is ignored, because
 * the audio is blocked or has missed a jump of the timeline.
 */
const MAX_AUDIO_OFFSET_MS = 1_000;
/** Timer lag at which the window counts as busy, in milliseconds: about a frame interval. */
const BUSY_LAG_MS = 30;
/**
 * The window counts as busy for at most this long after a lag. All events that a pause has delayed then run
 * in one burst, however long the pause was.
 */
const MAX_BUSY_MS = 200;
/**
 * How much the video speeds up to catch up, or slows down to match the audio. Viewers do not notice such a
 * small change.
 */
const CATCH_UP = 0.1;

/**
 * Determines when each frame is shown. A frame's *age* is the viewer's clock minus its media time; the clocks
 * need not agree. All frames are shown at the same age, the smallest that their arrivals and the audio allow.
 * All times are in milliseconds.
 */
export class PlayoutClock {
  #jitter = new JitterTarget(VIDEO_JITTER);
  #fixedMs: number | undefined;
  /**
   * The youngest arrivals. Each arrival is younger than all later ones, so the first one is the youngest in
   * the window.
   */
  #youngest: { atMs: number; ageMs: number }[] = [];
  #audioAgeMs: number | undefined;
  #ageMs: number | undefined;
  #updatedMs = 0;
  #busyUntilMs = Number.NEGATIVE_INFINITY;

  /**
   * Sets a fixed buffer in addition to the delay of the fastest arrival; undefined selects the smallest
   * buffer that the arrivals allow.
   */
  set fixedMs(fixedMs: number | undefined) {
    this.#fixedMs = fixedMs;
  }

  /** Sets the age of the audible audio; undefined while silent. */
  set audioAgeMs(audioAgeMs: number | undefined) {
    this.#audioAgeMs = audioAgeMs;
  }

  /**
   * Adds the lag of a timer in this window. Until a busy window has caught up, arrival times do not reflect the
   * network.
   */
  addLag(lagMs: number, nowMs: number): void {
    if (lagMs >= BUSY_LAG_MS) this.#busyUntilMs = nowMs + Math.min(lagMs, MAX_BUSY_MS);
  }

  /** Adds the arrival of a frame. */
  addArrival(mediaMs: number, nowMs: number): void {
    const ageMs = nowMs - mediaMs;
    while ((this.#youngest.at(-1)?.ageMs ?? Number.NEGATIVE_INFINITY) >= ageMs) this.#youngest.pop();
    this.#youngest.push({ atMs: nowMs, ageMs });
    while ((this.#youngest[0]?.atMs ?? nowMs) < nowMs - FASTEST_WINDOW_MS) this.#youngest.shift();
    if (nowMs >= this.#busyUntilMs) this.#jitter.addArrival(mediaMs, nowMs);
    this.#updateAge(nowMs);
  }

  /** The age at which frames are shown; undefined before the first arrival. */
  get ageMs(): number | undefined {
    return this.#ageMs;
  }

  /** How long the fastest frames stay in the buffer. */
  get bufferMs(): number {
    const fastestMs = this.#youngest[0]?.ageMs;
    return fastestMs === undefined || this.#ageMs === undefined ? 0 : this.#ageMs - fastestMs;
  }

  /** Returns the time at which to show a frame. */
  dueMs(mediaMs: number): number {
    return mediaMs + (this.#ageMs ?? 0);
  }

  /** Forgets all arrivals, because the publisher's clock restarted. */
  reset(): void {
    this.#youngest = [];
    this.#ageMs = undefined;
    this.#audioAgeMs = undefined;
    this.#jitter = new JitterTarget(VIDEO_JITTER);
  }

  #updateAge(nowMs: number): void {
    const fastestMs = this.#youngest[0]?.ageMs ?? 0;
    const ownMs = fastestMs + (this.#fixedMs ?? this.#jitter.targetMs);
    const beforeMs = this.#ageMs;
    const elapsedMs = Math.max(0, nowMs - this.#updatedMs);
    this.#updatedMs = nowMs;
    // This limit keeps a short stall of the audio from delaying the video.
    const limitMs = beforeMs === undefined ? Number.POSITIVE_INFINITY : beforeMs + elapsedMs * CATCH_UP;
    const targetMs = Math.max(ownMs, Math.min(this.#withAudio(ownMs), limitMs));
    // An increase in the age applies immediately, and so does a large decrease. Small decreases apply
    // gradually.
    if (beforeMs === undefined || targetMs >= beforeMs || beforeMs - targetMs > JUMP_MS)
      this.#ageMs = targetMs;
    else this.#ageMs = Math.max(targetMs, beforeMs - elapsedMs * CATCH_UP);
  }

  #withAudio(ownMs: number): number {
    const audioMs = this.#audioAgeMs;
    if (audioMs === undefined || Math.abs(audioMs - ownMs) > MAX_AUDIO_OFFSET_MS) return ownMs;
    return Math.max(ownMs, audioMs - MAX_LEAD_MS);
  }
}

/** Smallest decrease in the age that is applied as a skip; catching up gradually would take seconds. */
const JUMP_MS = 100;
