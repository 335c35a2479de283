import { JitterTarget, PICTURE_JITTER } from './jitter.ts';

/** How far back the quickest arrival counts: long enough for one frame to be quick, short enough to follow drift. */
const QUICKEST_WINDOW_MS = 5_000;
/** A picture may be ahead of its sound by this much. One notices from 125 ms on (ITU-R BT.1359-1, figure 2). */
export const MAX_LEAD_MS = 120;
/** The sound may be ahead of its picture by this much. One notices from 45 ms on (same source). */
export const MAX_LAG_MS = 40;
/** Sound that is this far off does not tell where the picture should be: it did not follow a jump, or is held back. */
const BELIEVABLE_MS = 1_000;
/** From this lateness on the window is busy, in milliseconds; pictures are a frame's distance late with it anyway. */
const BUSY_LAG_MS = 30;
/** What waited comes out at once, so that this is enough after any pause, in milliseconds. */
const LONGEST_BUSY_MS = 200;
/** The picture comes up, and waits for its sound, by this part of the time that passes: nobody sees it. */
const CATCH_UP = 0.1;

/**
 * When a picture is due. A frame's *age* is the clock now minus its media time, as the two clocks are: all frames are
 * shown at the same age, which is as young as their arrivals and the sound allow. Pure; times in milliseconds.
 */
export class PlayoutClock {
  #jitter = new JitterTarget(PICTURE_JITTER);
  #fixedMs: number | undefined;
  /** Youngest arrivals, each younger than all after it: the first is the youngest of the window. */
  #young: { atMs: number; ageMs: number }[] = [];
  #soundAgeMs: number | undefined;
  #ageMs: number | undefined;
  #setMs = 0;
  #busyUntilMs = Number.NEGATIVE_INFINITY;

  /** A fixed time to hold frames back beyond the quickest, or undefined for as little as arrivals allow. */
  set fixedMs(fixedMs: number | undefined) {
    this.#fixedMs = fixedMs;
  }

  /** How old the sound is that is heard now; undefined while none is. */
  set soundAgeMs(soundAgeMs: number | undefined) {
    this.#soundAgeMs = soundAgeMs;
  }

  /** The window's timers came this much too late: until it has caught up, arrivals tell of it and not of the way. */
  lagged(lagMs: number, nowMs: number): void {
    if (lagMs >= BUSY_LAG_MS) this.#busyUntilMs = nowMs + Math.min(lagMs, LONGEST_BUSY_MS);
  }

  /** A frame arrived. */
  arrived(mediaMs: number, nowMs: number): void {
    const ageMs = nowMs - mediaMs;
    while ((this.#young.at(-1)?.ageMs ?? Number.NEGATIVE_INFINITY) >= ageMs) this.#young.pop();
    this.#young.push({ atMs: nowMs, ageMs });
    while ((this.#young[0]?.atMs ?? nowMs) < nowMs - QUICKEST_WINDOW_MS) this.#young.shift();
    if (nowMs >= this.#busyUntilMs) this.#jitter.arrived(mediaMs, nowMs);
    this.#settle(nowMs);
  }

  /** The age at which frames are shown now; undefined before the first arrival. */
  get ageMs(): number | undefined {
    return this.#ageMs;
  }

  /** How long the quickest frames are held back. */
  get bufferMs(): number {
    const quickestMs = this.#young[0]?.ageMs;
    return quickestMs === undefined || this.#ageMs === undefined ? 0 : this.#ageMs - quickestMs;
  }

  /** The clock when a frame is to be shown. */
  dueMs(mediaMs: number): number {
    return mediaMs + (this.#ageMs ?? 0);
  }

  /** The publisher's clock began anew. */
  reset(): void {
    this.#young = [];
    this.#ageMs = undefined;
    this.#soundAgeMs = undefined;
    this.#jitter = new JitterTarget(PICTURE_JITTER);
  }

  #settle(nowMs: number): void {
    const quickestMs = this.#young[0]?.ageMs ?? 0;
    const ownMs = quickestMs + (this.#fixedMs ?? this.#jitter.targetMs);
    const beforeMs = this.#ageMs;
    const passedMs = Math.max(0, nowMs - this.#setMs);
    this.#setMs = nowMs;
    // A sound that was held up for a moment must not hold up the picture.
    const latestMs = beforeMs === undefined ? Number.POSITIVE_INFINITY : beforeMs + passedMs * CATCH_UP;
    const wantedMs = Math.max(ownMs, Math.min(this.#withSound(ownMs), latestMs));
    // What is asked for is had at once when it is more, and when nothing could be shown in between; else slowly.
    if (beforeMs === undefined || wantedMs >= beforeMs || beforeMs - wantedMs > JUMP_MS)
      this.#ageMs = wantedMs;
    else this.#ageMs = Math.max(wantedMs, beforeMs - passedMs * CATCH_UP);
  }

  #withSound(ownMs: number): number {
    const soundMs = this.#soundAgeMs;
    if (soundMs === undefined || Math.abs(soundMs - ownMs) > BELIEVABLE_MS) return ownMs;
    return Math.max(ownMs, soundMs - MAX_LEAD_MS);
  }
}

/** A change of this much is a skip, not a catching up: it would take seconds. */
const JUMP_MS = 100;
