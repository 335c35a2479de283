import type { ConnectionFacts } from '../../../../common/bridge/renditions.ts';

/**
 * There is a queue only if the round-trip time exceeds its recent minimum by more than this, in milliseconds.
 * A busy machine alone can cause smaller increases.
 */
const MAX_RTT_RISE_MS = 30;
/**
 * The connection counts as congested if the sender's estimate is less than this many times the goodput. This
 * detects a queue in a shallow buffer, where the congestion window converges to the throughput but the
 * round-trip time hardly rises.
 */
const MIN_HEADROOM = 3;
/**
 * The sender's estimate is falling if it is below this fraction of its recent maximum. It falls several
 * samples before the round-trip times measured here rise, but it also varied by a third between two samples
 * of an unchanged connection.
 */
const FALLING_SHARE = 0.6;
/**
 * A falling estimate is ignored while it is at least this many times the goodput, because it is imprecise at
 * low round-trip times.
 */
const AMPLE_HEADROOM = 10;
/**
 * Length of the time window in which the minimum round-trip time is found, in milliseconds. The window is
 * longer than any queue lasts.
 */
const BASE_WINDOW_MS = 60_000;
/** Maximum age of connection facts, in milliseconds: the duration of five samples. */
const FACTS_MAX_AGE_MS = 1_000;
/**
 * Number of consecutive samples that must all look uncongested before the connection is considered
 * uncongested. Three samples span 0.6 s.
 */
const SAMPLES = 3;
/**
 * How long a measured timer lag is stored, in milliseconds. A queue is detected only if it lasts this long,
 * too.
 */
const LAG_WINDOW_MS = 400;
/** Minimum timer lag at which this window counts as busy, in milliseconds: two frame intervals. */
const BUSY_LAG_MS = 60;
/** Interval between stored values of the minimum round-trip time, in milliseconds. */
const BASE_STEP_MS = 1_000;

/**
 * The machine that delays frames. Null if neither machine is known to delay them; any delay is then
 * attributed to the network.
 */
export type Bottleneck = 'viewer' | 'publisher' | null;

/**
 * Distinguishes network congestion from a busy machine, since both delay frames. A queue in the network
 * increases the round-trip time that iroh measures. A busy window increases the lag of its timers.
 */
export class BottleneckDetector {
  #baseRtts: { atMs: number; rttMs: number }[] = [];
  #samples: { atMs: number; facts: ConnectionFacts }[] = [];
  #lags: { atMs: number; lagMs: number }[] = [];

  /** Adds a connection sample, received at `nowMs` on the caller's clock. */
  addFacts(facts: ConnectionFacts, nowMs: number): void {
    this.#samples = [...this.#samples.slice(1 - SAMPLES), { atMs: nowMs, facts }];
    const { rttMs } = facts;
    if (rttMs === null) return;
    const last = this.#baseRtts.at(-1);
    if (last && nowMs - last.atMs < BASE_STEP_MS) last.rttMs = Math.min(last.rttMs, rttMs);
    else {
      const recent = this.#baseRtts.filter(({ atMs }) => atMs > nowMs - BASE_WINDOW_MS);
      this.#baseRtts = [...recent, { atMs: nowMs, rttMs }];
    }
  }

  /** Adds the lag of a timer in this window, in milliseconds. */
  addLag(lagMs: number, nowMs: number): void {
    this.#lags = [...this.#lags.filter(({ atMs }) => atMs > nowMs - LAG_WINDOW_MS), { atMs: nowMs, lagMs }];
  }

  /** Returns the smallest recent timer lag: the delay that this window adds to every frame, in milliseconds. */
  minimumLagMs(nowMs: number): number {
    const lags = this.#recentLags(nowMs);
    return lags.length > 0 ? Math.min(...lags) : 0;
  }

  /** Whether this window's timers were recently late by more than two frame intervals. */
  isViewerBusy(nowMs: number): boolean {
    return this.#recentLags(nowMs).some((lagMs) => lagMs >= BUSY_LAG_MS);
  }

  /**
   * Whether the connection has no queue and could carry much more than its goodput. False if there are no
   * recent connection facts.
   */
  isUncongested(nowMs: number): boolean {
    const last = this.#samples.at(-1);
    if (!last || this.#samples.length < SAMPLES || nowMs - last.atMs >= FACTS_MAX_AGE_MS) return false;
    const baseMs = Math.min(...this.#baseRtts.map(({ rttMs }) => rttMs));
    // A busy machine releases delayed data in bursts, so only the mean goodput shows how much the tracks
    // need.
    const meanBps = this.#samples.reduce((sum, { facts }) => sum + facts.goodputBps, 0) / SAMPLES;
    const rates = this.#samples.map(({ facts }) => facts.senderEstimateBps ?? 0);
    const lastBps = last.facts.senderEstimateBps ?? 0;
    const isFalling = lastBps < Math.max(...rates) * FALLING_SHARE && lastBps < meanBps * AMPLE_HEADROOM;
    return (
      !isFalling &&
      rates.every((bps) => bps >= meanBps * MIN_HEADROOM && bps > 0) &&
      this.#samples.every(({ facts: { rttMs } }) => rttMs !== null && rttMs <= baseMs + MAX_RTT_RISE_MS)
    );
  }

  /** Forgets the connection. Keeps the timer lag, which belongs to this window. */
  clear(): void {
    this.#baseRtts = [];
    this.#samples = [];
  }

  #recentLags(nowMs: number): number[] {
    return this.#lags.filter(({ atMs }) => atMs > nowMs - LAG_WINDOW_MS).map(({ lagMs }) => lagMs);
  }
}
