import type { ConnectionFacts } from '../../../../common/bridge/renditions.ts';
import { type Bottleneck, BottleneckDetector } from './bottleneck-detector.ts';
import { BurstRate } from './burst-rate.ts';
import { DelayTracker } from './delay-tracker.ts';

/**
 * The capacity and the queue of the downlink, from the publisher to this window. Three measurements are combined,
 * because none of them is enough alone:
 *
 * - *Goodput while a queue grows* equals the capacity, because the connection delivers all it can. Without a growing
 *   queue it is only a lower bound.
 * - *Queueing delay* is how much later frames arrive than the fastest of the last seconds. A deep buffer shows up here
 *   long before any packet is lost.
 * - *The sender's estimate* (PROBE) is its congestion window divided by the round trip. If the sender never filled its
 *   window, this is no measurement: it is too high after an unnoticed slowdown, and too low if the window never had to
 *   grow. It is therefore a reason to try a higher rendition and never a reason to step down.
 *
 * A fourth measurement is free: the rate of single large frames (`BurstRate`) shows that a connection got faster while a
 * small rendition does not fill it.
 */
export interface DownlinkEstimate {
  /** Capacity of the connection in bits per second; null while nothing is known. */
  readonly bps: number | null;
  /** Rate of recent large frames in bits per second; null if there were none. See `BurstRate`. */
  readonly burstBps: number | null;
  /** Standing queue of the shown rendition in milliseconds: its lateness above the connection's own delay. */
  readonly queueMs: number;
  /**
   * Time by which the next frame is overdue, in milliseconds. A paused source looks the same as a stalled connection.
   */
  readonly overdueMs: number;
  /** Whether the queue is growing, which means that the requested tracks exceed the capacity. */
  readonly growing: boolean;
  /** The machine that delays frames, if any. `queueMs` then excludes that delay. */
  readonly bottleneck: Bottleneck;
  /** Whether the connection has no queue and much spare capacity, so that late frames have another cause. */
  readonly uncongested: boolean;
  /** The last round trip in milliseconds; null if the connection does not report it. */
  readonly rttMs: number | null;
  /** Goodput over the last samples in bits per second, all packets included; null if it is not reported. */
  readonly deliveredBps: number | null;
  /**
   * The measurement behind `bps`. `congestion` is the capacity itself, `burst` and `goodput` are lower bounds, and
   * `sender` may be too high.
   */
  readonly source: 'congestion' | 'burst' | 'goodput' | 'sender' | 'unknown';
  /** Changes when the connection or the kind of network path changes. Earlier measurements no longer apply then. */
  readonly generation: number;
}

/** A complete frame that arrived. */
export interface Arrival {
  /** The track's name. */
  readonly track: string;
  /** Kind of the track. All video renditions share a clock and a delay; audio has its own. */
  readonly kind: 'video' | 'audio';
  /** Arrival time on the window's monotonic clock, in milliseconds. */
  readonly atMs: number;
  /** Media timestamp, in milliseconds. */
  readonly mediaMs: number;
  readonly bytes: number;
}

/**
 * Queue from which the connection counts as congested, in milliseconds. It exceeds the jitter of an idle connection.
 */
const CONGESTED_QUEUE_MS = 60;
/** Window of the arrival rate, in milliseconds: several frames at 30 a second, and at least two audio packets. */
const RATE_WINDOW_MS = 400;
const MIN_RATE_MS = 150;
const MIN_RATE_FRAMES = 3;
/** Number of connection samples to average: three samples of 200 ms, which evens out short delays. */
const FACTS = 3;
/** Number of connection samples for the current goodput. */
const FACTS_NOW = 2;
/** Maximum age of connection facts, in milliseconds: five samples. */
const FACTS_MAX_AGE_MS = 1_000;
/** Time for which a measured capacity stays valid after the queue is gone, in milliseconds. */
const CAPACITY_MAX_AGE_MS = 4_000;
/**
 * Time by which a frame must be overdue, while data still arrives, to count as stuck in a queue, in milliseconds. On a
 * connection that became slow, complete frames of a large rendition are so rare that their delays show the queue too
 * late.
 */
const STUCK_MS = 150;
/**
 * Minimum goodput for a frame to count as stuck, in bits per second: more than audio and the overhead of an idle
 * connection.
 */
const STUCK_BPS = 200_000;
/** Weight of the newest capacity measurement. Two measurements dominate the mean. */
const CAPACITY_WEIGHT = 0.5;

/** Combines frame arrivals, connection facts and timer lag into a `DownlinkEstimate`. Has no timers of its own. */
export class DownlinkEstimator {
  readonly #delays = new DelayTracker();
  readonly #bursts = new BurstRate();
  readonly #bottleneck = new BottleneckDetector();
  #arrivals: Arrival[] = [];
  #facts: { facts: ConnectionFacts; atMs: number }[] = [];
  #capacity: { bps: number; atMs: number } | undefined;
  /** Kind of the last known network path. During a change of path, a connection briefly has none. */
  #kind: ConnectionFacts['kind'] = null;
  #generation = 0;

  /** Adds a connection sample. `nowMs` is its time on the clock of the arrivals; the facts may use another clock. */
  addFacts(facts: ConnectionFacts, nowMs: number): void {
    const before = this.#facts.at(-1)?.facts;
    // No measurement stays valid when the connection changes, or when it switches between direct and relayed.
    const otherKind = this.#kind !== null && facts.kind !== null && this.#kind !== facts.kind;
    if (otherKind || (before && before.connection !== facts.connection)) this.#reset();
    this.#kind = facts.kind ?? this.#kind;
    this.#facts = [...this.#facts.slice(1 - FACTS), { facts, atMs: nowMs }];
    this.#bottleneck.addFacts(facts, nowMs);
  }

  /** Adds the lag of a timer in this window, in milliseconds. Arrivals are delayed by the same amount. */
  addLag(lagMs: number, nowMs: number): void {
    this.#bottleneck.addLag(lagMs, nowMs);
  }

  /** Adds a complete frame. */
  addArrival(arrival: Arrival): void {
    const { atMs } = arrival;
    this.#arrivals = this.#arrivals.filter(
      (other) => other.atMs > atMs - RATE_WINDOW_MS && other.atMs <= atMs,
    );
    this.#arrivals.push(arrival);
    if (this.#delays.add(arrival) === 'jumped') this.#bursts.clear();
    if (arrival.kind === 'video') this.#bursts.add(arrival, this.#delays.latestDelayMs(arrival.track));
  }

  /** Drops all measurements, because the connection or its network path changed. */
  #reset(): void {
    this.#delays.clear();
    this.#bursts.clear();
    this.#bottleneck.clear();
    this.#arrivals = [];
    this.#facts = [];
    this.#capacity = undefined;
    this.#kind = null;
    this.#generation += 1;
  }

  /**
   * Returns how much later a track arrives than the fastest frame of its kind, in milliseconds; null without recent
   * frames.
   */
  latenessMs(track: string, nowMs: number): number | null {
    return this.#delays.standingQueueMs(track, nowMs);
  }

  /**
   * Returns the estimate at `nowMs`.
   *
   * @param track the shown track, whose queue is measured; null for the track whose frame arrived last
   */
  estimate(nowMs: number, track: string | null): DownlinkEstimate {
    const overdueMs = this.#delays.overdueMs(track, nowMs);
    const viewerBusy = this.#bottleneck.isViewerBusy(nowMs);
    const uncongested = this.#bottleneck.isUncongested(nowMs);
    const stuckBps = overdueMs >= STUCK_MS && !viewerBusy ? this.#stuckBps(track, nowMs, uncongested) : null;
    const lateMs = this.#delays.standingQueueMs(track, nowMs) ?? 0;
    const standingMs = uncongested ? 0 : Math.max(0, lateMs - this.#bottleneck.minimumLagMs(nowMs));
    const queueMs = stuckBps === null ? standingMs : Math.max(standingMs, overdueMs);
    const rising = this.#delays.isGrowing(track, nowMs);
    const growing = stuckBps !== null || (rising && !viewerBusy && !uncongested);
    const delayed = (rising && !growing) || lateMs - queueMs >= CONGESTED_QUEUE_MS;
    const goodputBps = this.#goodput(nowMs);
    const measuredBps = stuckBps ?? goodputBps;
    if ((growing || queueMs >= CONGESTED_QUEUE_MS) && measuredBps !== null)
      this.#measure(measuredBps, nowMs, growing);
    return {
      queueMs: Math.round(queueMs),
      overdueMs: Math.round(overdueMs),
      growing,
      uncongested,
      rttMs: this.#facts.at(-1)?.facts.rttMs ?? null,
      deliveredBps: this.#delivered(nowMs, FACTS),
      bottleneck: delayed ? (viewerBusy ? 'viewer' : 'publisher') : null,
      generation: this.#generation,
      burstBps: this.#bursts.bps(nowMs),
      ...this.#rate(goodputBps, nowMs),
    };
  }

  #measure(bps: number, atMs: number, growing: boolean): void {
    const before = this.#capacity;
    const recent = before && atMs - before.atMs < CAPACITY_MAX_AGE_MS;
    // If the queue is not growing, the connection delivers the requested rate, which is only a lower bound.
    const measured = growing ? bps : Math.max(bps, recent ? before.bps : 0);
    this.#capacity = {
      bps: recent ? before.bps + (measured - before.bps) * CAPACITY_WEIGHT : measured,
      atMs,
    };
    this.#bursts.clear();
  }

  #rate(goodputBps: number | null, nowMs: number): Pick<DownlinkEstimate, 'bps' | 'source'> {
    const capacity = this.#capacity;
    if (capacity && nowMs - capacity.atMs < CAPACITY_MAX_AGE_MS && capacity.bps >= (goodputBps ?? 0)) {
      return { bps: Math.round(capacity.bps), source: 'congestion' };
    }
    const candidates = [
      { bps: this.#bursts.bps(nowMs), source: 'burst' },
      { bps: goodputBps, source: 'goodput' },
      { bps: this.#senderBps(nowMs), source: 'sender' },
    ] as const;
    let best: Pick<DownlinkEstimate, 'bps' | 'source'> = { bps: null, source: 'unknown' };
    for (const { bps, source } of candidates) {
      if (bps !== null && bps > (best.bps ?? 0)) best = { bps: Math.round(bps), source };
    }
    return best;
  }

  #senderBps(nowMs: number): number | null {
    const last = this.#facts.at(-1);
    return last && nowMs - last.atMs < FACTS_MAX_AGE_MS ? last.facts.senderEstimateBps : null;
  }

  /**
   * Returns the goodput while no frame completes; null if it is negligible or unknown. On a connection that looks
   * uncongested, only goodput after the last frame counts: a publisher that produces no frames sends nothing, and after
   * a slowdown the sender's own estimate is stuck in the same queue.
   */
  #stuckBps(track: string | null, nowMs: number, uncongested: boolean): number | null {
    const last = this.#facts.at(-1);
    const before = this.#facts.at(-2);
    if (!last || nowMs - last.atMs >= FACTS_MAX_AGE_MS || last.facts.goodputBps < STUCK_BPS) return null;
    const sinceMs = last.atMs - (before ? last.facts.atMs - before.facts.atMs : 0);
    if (uncongested && sinceMs < (this.#delays.lastArrivalMs(track, nowMs) ?? nowMs)) return null;
    return last.facts.goodputBps;
  }

  #delivered(nowMs: number, samples: number): number | null {
    const facts = this.#facts.slice(-samples).filter(({ atMs }) => nowMs - atMs < FACTS_MAX_AGE_MS);
    if (facts.length === 0) return null;
    return facts.reduce((sum, entry) => sum + entry.facts.goodputBps, 0) / facts.length;
  }

  /**
   * Returns the current goodput in bits per second; null if it is unknown. Arrivals give the newest rate, but large
   * frames complete in bursts, so the rate that the connection itself counts is the upper bound. Without enough
   * arrivals, that rate is used alone.
   */
  #goodput(nowMs: number): number | null {
    const countedBps = this.#delivered(nowMs, FACTS_NOW);
    const recent = this.#arrivals.filter(({ atMs }) => atMs > nowMs - RATE_WINDOW_MS);
    const [first] = recent;
    const last = recent.at(-1);
    if (first && last && recent.length > MIN_RATE_FRAMES && last.atMs - first.atMs >= MIN_RATE_MS) {
      const bytes = recent.slice(1).reduce((sum, arrival) => sum + arrival.bytes, 0);
      return Math.min((bytes * 8_000) / (last.atMs - first.atMs), countedBps ?? Number.POSITIVE_INFINITY);
    }
    return countedBps;
  }
}
