import type { LinkFacts } from '../../../../common/bridge/renditions.ts';

/**
 * Whether what comes late was held up by the link. A machine that is too busy makes frames late as well: here, where
 * they wait to be looked at, or at the publisher. A queue on the link is seen in the link's own round trips, which the
 * network library measures by itself; and a window that is too busy notices that its own timers come late.
 */

/** Round trips this much above the best of the last while are a queue, in milliseconds: more than a busy machine adds. */
const FLAT_MS = 30;
/** A link with a small buffer shows no queue, but its sender's window shrinks to what passes: well below this many times. */
const PLENTY = 3;
/**
 * What the sender could send falls as soon as the link gets slower, some looks before our own round trips tell. From one
 * look to the next it also varies by itself, by a third (measured on links that stayed as they were).
 */
const FALLING = 0.6;
/** Above so many times what comes it may fall as it likes: over a short round trip it is a wild guess anyway. */
const AMPLE = 10;
/** The best round trip of this time counts, in milliseconds: longer than a queue stands. */
const BASE_MS = 60_000;
/** Facts older than this tell nothing, in milliseconds: five looks. */
const FACTS_LIFE_MS = 1_000;
/** A link is only taken to be fine when this many looks in a row say so: 0.6 s. */
const LOOKS = 3;
/** How far back this window's own lateness counts, in milliseconds: as long as a queue must stand. */
const LAG_MS = 400;
/** From this lateness on the window is busy, in milliseconds: two frames' distance. */
const BUSY_LAG_MS = 60;
/** As often as a base of round trips is kept: one a second. */
const BASE_STEP_MS = 1_000;

/** Where what is late was held up; null: on the link, as far as can be told. */
export type Elsewhere = 'here' | 'there' | null;

export class Blame {
  #bases: { atMs: number; rttMs: number }[] = [];
  #looks: { atMs: number; facts: LinkFacts }[] = [];
  #lags: { atMs: number; lagMs: number }[] = [];

  facts(facts: LinkFacts, nowMs: number): void {
    this.#looks = [...this.#looks.slice(1 - LOOKS), { atMs: nowMs, facts }];
    const { rttMs } = facts;
    if (rttMs === null) return;
    const last = this.#bases.at(-1);
    if (last && nowMs - last.atMs < BASE_STEP_MS) last.rttMs = Math.min(last.rttMs, rttMs);
    else this.#bases = [...this.#bases.filter(({ atMs }) => atMs > nowMs - BASE_MS), { atMs: nowMs, rttMs }];
  }

  /** A timer of this window came this much too late. */
  lagged(lagMs: number, nowMs: number): void {
    this.#lags = [...this.#lags.filter(({ atMs }) => atMs > nowMs - LAG_MS), { atMs: nowMs, lagMs }];
  }

  /** By how much everything here is late all the time, in milliseconds. */
  standingLagMs(nowMs: number): number {
    const lags = this.#recent(nowMs);
    return lags.length > 0 ? Math.min(...lags) : 0;
  }

  /** This window was late by more than frames are apart. */
  isBusy(nowMs: number): boolean {
    return this.#recent(nowMs).some((lagMs) => lagMs >= BUSY_LAG_MS);
  }

  /** The link has no queue and could carry much more than comes. False where the link tells nothing. */
  isLinkFine(nowMs: number): boolean {
    const last = this.#looks.at(-1);
    if (!last || this.#looks.length < LOOKS || nowMs - last.atMs >= FACTS_LIFE_MS) return false;
    const baseMs = Math.min(...this.#bases.map(({ rttMs }) => rttMs));
    // What a busy machine held up comes at once: only the mean tells what is asked of the link.
    const meanBps = this.#looks.reduce((sum, { facts }) => sum + facts.goodputBps, 0) / LOOKS;
    const rates = this.#looks.map(({ facts }) => facts.senderEstimateBps ?? 0);
    const lastBps = last.facts.senderEstimateBps ?? 0;
    const isFalling = lastBps < Math.max(...rates) * FALLING && lastBps < meanBps * AMPLE;
    return (
      !isFalling &&
      rates.every((bps) => bps >= meanBps * PLENTY && bps > 0) &&
      this.#looks.every(({ facts: { rttMs } }) => rttMs !== null && rttMs <= baseMs + FLAT_MS)
    );
  }

  clear(): void {
    this.#bases = [];
    this.#looks = [];
  }

  #recent(nowMs: number): number[] {
    return this.#lags.filter(({ atMs }) => atMs > nowMs - LAG_MS).map(({ lagMs }) => lagMs);
  }
}
