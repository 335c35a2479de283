import type { Time } from '@moq/net';
import { Sync } from '@moq/watch';

/** The smallest buffer that sound over Web Audio plays through without gaps, in milliseconds. */
export const MIN_BUFFER_MS = 20;
/** Beyond this, real time is lost anyway, and a slower but steady picture no gain. */
const MAX_MS = 500;
/** Where it begins, before anything is known: most networks need less. */
const START_MS = 60;
/** What arrives first is a backlog, as late as it is old; it says nothing about the network. */
const WARM_UP_MS = 1_000;
/** How far back arrivals count. */
const WINDOW_MS = 5_000;
/** This part of the arrivals is to be in time; for the rest, one would wait too long. */
const IN_TIME = 0.98;
/** Room on top, and by how much less it must be before it is lowered: each change is heard a little. */
const MARGIN_MS = 10;
const LOWER_BY_MS = 20;
const STEP_MS = 10;
/** It is raised at once, but lowered only after it could have been for this long. */
const LOWER_AFTER_MS = 5_000;
const LOOK_EVERY_MS = 500;

/**
 * How long to hold back what arrives, so that it can be shown evenly: as little as its arrival times allow. Pure.
 */
export class JitterTarget {
  #targetMs = START_MS;
  readonly #delays: { atMs: number; delayMs: number }[] = [];
  #firstMs: number | undefined;
  #lookMs = 0;
  #lowerSinceMs: number | undefined;

  get targetMs(): number {
    return this.#targetMs;
  }

  /** A frame of media time `mediaMs` arrived; true when the target changed. */
  arrived(mediaMs: number, nowMs: number): boolean {
    this.#firstMs ??= nowMs;
    if (nowMs - this.#firstMs < WARM_UP_MS) return false;
    this.#delays.push({ atMs: nowMs, delayMs: nowMs - mediaMs });
    while ((this.#delays[0]?.atMs ?? nowMs) < nowMs - WINDOW_MS) this.#delays.shift();
    if (nowMs - this.#lookMs < LOOK_EVERY_MS) return false;
    this.#lookMs = nowMs;
    return this.#decide(nowMs);
  }

  #decide(nowMs: number): boolean {
    const neededMs = this.#needed();
    if (neededMs > this.#targetMs) {
      this.#lowerSinceMs = undefined;
      this.#targetMs = neededMs;
      return true;
    }
    if (neededMs > this.#targetMs - LOWER_BY_MS) {
      this.#lowerSinceMs = undefined;
      return false;
    }
    this.#lowerSinceMs ??= nowMs;
    if (nowMs - this.#lowerSinceMs < LOWER_AFTER_MS) return false;
    this.#lowerSinceMs = undefined;
    this.#targetMs = neededMs;
    return true;
  }

  #needed(): number {
    const delays = this.#delays.map(({ delayMs }) => delayMs).sort((a, b) => a - b);
    const quickest = delays[0] ?? 0;
    const late = delays[Math.min(delays.length - 1, Math.floor(delays.length * IN_TIME))] ?? quickest;
    const needed = STEP_MS * Math.ceil((late - quickest + MARGIN_MS) / STEP_MS);
    return Math.min(MAX_MS, Math.max(MIN_BUFFER_MS, needed));
  }
}

/** The library's clock for picture and sound, which tells of each arrival. */
export class ArrivalSync extends Sync {
  onArrival: ((mediaMs: number, label: string) => void) | undefined;

  override received(timestamp: Time.Milli, label?: string): void {
    this.onArrival?.(timestamp, label ?? '');
    super.received(timestamp, label);
  }
}
