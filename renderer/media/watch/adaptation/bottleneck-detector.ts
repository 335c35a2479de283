import type { ConnectionFacts } from '../../../../common/bridge/renditions.ts';

/** Round trips this far above the recent minimum mean a queue, in milliseconds. A busy machine alone adds less. */
const MAX_RTT_RISE_MS = 30;
/**
 * On a shallow buffer no queue shows, but the sender's congestion window converges to throughput. An uncongested
 * connection has at least this ratio of sender estimate to goodput.
 */
const MIN_HEADROOM = 3;
/**
 * The sender's estimate drops below this share of its recent maximum as soon as the connection slows down, some samples
 * before our own round trips rise. Between two samples it also varies by a third on its own (measured on connections
 * that did not change).
 */
const FALLING_SHARE = 0.6;
/** A falling estimate is ignored above this multiple of the goodput. Over a short round trip it is a wild guess anyway. */
const AMPLE_HEADROOM = 10;
/** Window of the round-trip minimum, in milliseconds: longer than a queue lasts. */
const BASE_WINDOW_MS = 60_000;
/** Connection facts older than this are ignored, in milliseconds: five samples. */
const FACTS_MAX_AGE_MS = 1_000;
/** A connection counts as uncongested only if this many consecutive samples say so: 0.6 s. */
const SAMPLES = 3;
/** Window of this window's own timer lag, in milliseconds: as long as a queue has to last to be detected. */
const LAG_WINDOW_MS = 400;
/** From this timer lag on, this window counts as busy, in milliseconds: two frame intervals. */
const BUSY_LAG_MS = 60;
/** Resolution of the round-trip minimum, in milliseconds. */
const BASE_STEP_MS = 1_000;

/** Which machine delays frames. Null: neither machine is known to, so a delay comes from the network. */
export type Bottleneck = 'viewer' | 'publisher' | null;

/**
 * Tells network congestion from a busy machine. A busy machine delays frames as well, either here, where they wait for
 * this window's thread, or at the publisher. A queue on the network shows in the connection's round trips, which the
 * network library measures on its own; a busy window shows in the lag of its own timers.
 */
export class BottleneckDetector {
  #baseRtts: { atMs: number; rttMs: number }[] = [];
  #samples: { atMs: number; facts: ConnectionFacts }[] = [];
  #lags: { atMs: number; lagMs: number }[] = [];

  /** Adds one sample of the connection, received at `nowMs` on the caller's clock. */
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

  /** The smallest recent timer lag: the delay that this window adds to every frame, in milliseconds. */
  minimumLagMs(nowMs: number): number {
    const lags = this.#recentLags(nowMs);
    return lags.length > 0 ? Math.min(...lags) : 0;
  }

  /** Whether a recent timer of this window was late by more than two frame intervals. */
  isViewerBusy(nowMs: number): boolean {
    return this.#recentLags(nowMs).some((lagMs) => lagMs >= BUSY_LAG_MS);
  }

  /** Whether the connection has no queue and could carry much more than its goodput. False without recent facts. */
  isUncongested(nowMs: number): boolean {
    const last = this.#samples.at(-1);
    if (!last || this.#samples.length < SAMPLES || nowMs - last.atMs >= FACTS_MAX_AGE_MS) return false;
    const baseMs = Math.min(...this.#baseRtts.map(({ rttMs }) => rttMs));
    // A busy machine releases delayed data in bursts, so only the mean shows the demand on the connection.
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

  /** Forgets the connection. The timer lag stays, since it belongs to this window. */
  clear(): void {
    this.#baseRtts = [];
    this.#samples = [];
  }

  #recentLags(nowMs: number): number[] {
    return this.#lags.filter(({ atMs }) => atMs > nowMs - LAG_WINDOW_MS).map(({ lagMs }) => lagMs);
  }
}
