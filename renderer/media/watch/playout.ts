import { JitterTarget, VIDEO_JITTER } from './jitter.ts';

/** Window of the fastest arrival: long enough to contain one fast frame, short enough to follow clock drift. */
const FASTEST_WINDOW_MS = 5_000;
/** Maximum lead of the video over the audio. Viewers notice it from 125 ms on (ITU-R BT.1359-1, figure 2). */
export const MAX_LEAD_MS = 120;
/** Maximum lag of the video behind the audio. Viewers notice it from 45 ms on (same source). */
export const MAX_LAG_MS = 40;
/** An audio position that is farther off is ignored: it missed a jump of the timeline, or the audio is blocked. */
const MAX_AUDIO_OFFSET_MS = 1_000;
/** From this timer lag on, the window counts as busy, in milliseconds. Then frames are late by a frame interval anyway. */
const BUSY_LAG_MS = 30;
/** Delayed events all run at once after a pause, so this is enough after a pause of any length, in milliseconds. */
const MAX_BUSY_MS = 200;
/** The video speeds up, or slows down for the audio, by this share of the elapsed time. That is invisible. */
const CATCH_UP = 0.1;

/**
 * Determines when a frame is due. A frame's *age* is the clock minus its media time. The two clocks need not agree. All
 * frames are shown at the same age, which is as small as their arrivals and the audio allow. Has no timers of its own.
 * Times are in milliseconds.
 */
export class PlayoutClock {
  #jitter = new JitterTarget(VIDEO_JITTER);
  #fixedMs: number | undefined;
  /** Youngest arrivals. Each is younger than all later ones, so the first is the youngest of the window. */
  #youngest: { atMs: number; ageMs: number }[] = [];
  #audioAgeMs: number | undefined;
  #ageMs: number | undefined;
  #updatedMs = 0;
  #busyUntilMs = Number.NEGATIVE_INFINITY;

  /** A fixed buffer on top of the fastest arrival; undefined for the smallest that arrivals allow. */
  set fixedMs(fixedMs: number | undefined) {
    this.#fixedMs = fixedMs;
  }

  /** Age of the audible audio; undefined while silent. */
  set audioAgeMs(audioAgeMs: number | undefined) {
    this.#audioAgeMs = audioAgeMs;
  }

  /** Adds the lag of a timer in this window. Until the window has caught up, arrivals do not reflect the network. */
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

  /** How long the fastest frames are buffered. */
  get bufferMs(): number {
    const fastestMs = this.#youngest[0]?.ageMs;
    return fastestMs === undefined || this.#ageMs === undefined ? 0 : this.#ageMs - fastestMs;
  }

  /** The time to show a frame. */
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
    // The limit keeps a short audio stall from delaying the video.
    const limitMs = beforeMs === undefined ? Number.POSITIVE_INFINITY : beforeMs + elapsedMs * CATCH_UP;
    const targetMs = Math.max(ownMs, Math.min(this.#withAudio(ownMs), limitMs));
    // A larger age applies at once, and so does a much smaller one. Other decreases apply gradually.
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

/** A decrease of this much is a skip, because catching up would take seconds. */
const JUMP_MS = 100;
