import type { ConnectionFacts } from '../../../../common/bridge/renditions.ts';
import { type Bottleneck, BottleneckDetector } from './bottleneck-detector.ts';
import { BurstRate } from './burst-rate.ts';
import { DelayTracker } from './delay-tracker.ts';

/**
 * Capacity and queue of the downlink, from the publisher to this window. Combines several measurements,
 * because none is sufficient alone: - *Goodput* equals the capacity while a queue grows. Otherwise, it is
 * only a lower bound. - *Queueing delay* is how much later frames arrive than the fastest frame of the last
 * few seconds. It reveals a deep buffer long before a packet is lost. - *The sender's estimate* (PROBE) is
 * its congestion window divided by the round-trip time. It is unreliable unless the sender fills its window,
 * so it can justify trying a higher rendition, but never a step down. - *The rate of single large frames*
 * (`BurstRate`) shows that a connection has become faster even if a small rendition does not fill it.
 */
export interface DownlinkEstimate {
  /** Capacity of the connection in bits per second; null while nothing is known. */
  readonly bps: number | null;
  /** Rate of recent large frames in bits per second; null if there were none. See `BurstRate`. */
  readonly burstBps: number | null;
  /**
   * Standing queue of the shown rendition, in milliseconds: its delay in excess of the connection's minimum
   * delay.
   */
  readonly queueMs: number;
  /**
   * How long the next frame is overdue, in milliseconds. A paused source is indistinguishable from a stalled
   * connection.
   */
  readonly overdueMs: number;
  /** Whether the queue is growing, which means that the requested tracks need more than the capacity. */
  readonly growing: boolean;
  /** The machine that delays frames, if any. `queueMs` then excludes that delay. */
  readonly bottleneck: Bottleneck;
  /**
   * Whether the connection has no queue and plenty of spare capacity. Late frames then have another cause.
   */
  readonly uncongested: boolean;
  /** The latest round-trip time in milliseconds; null if the connection does not report it. */
  readonly rttMs: number | null;
  /**
   * Goodput over the latest samples in bits per second, including all packets; null if it is not reported.
   */
  readonly deliveredBps: number | null;
  /**
   * The measurement from which `bps` was derived. `congestion` is the capacity itself, `burst` and `goodput`
   * are lower bounds, and `sender` might be too high.
   */
  readonly source: 'congestion' | 'burst' | 'goodput' | 'sender' | 'unknown';
  /**
   * Changes when the connection, or the kind of its network path, changes. Earlier measurements then no
   * longer apply.
   */
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
 * Minimum queue at which the connection counts as congested, in milliseconds. It exceeds the jitter of an
 * idle connection.
 */
const CONGESTED_QUEUE_MS = 60;
/**
 * Length of the time window in which the arrival rate is measured, in milliseconds: several frames at 30
 * frames per second, and at least two audio packets.
 */
const RATE_WINDOW_MS = 400;
const MIN_RATE_MS = 150;
const MIN_RATE_FRAMES = 3;
/** Number of connection samples to average. Three samples of 200 ms smooth out short delays. */
const FACTS = 3;
/** Number of connection samples from which the current goodput is computed. */
const FACTS_NOW = 2;
/** Maximum age of connection facts, in milliseconds: the duration of five samples. */
const FACTS_MAX_AGE_MS = 1_000;
/** How long a measured capacity stays valid after the queue has drained, in milliseconds. */
const CAPACITY_MAX_AGE_MS = 4_000;
/**
 * If a frame is overdue by this many milliseconds while data still arrives, it is stuck in a queue. After a
 * connection has become slow, complete frames of a large rendition are too rare to reveal the queue in time.
 */
const STUCK_MS = 150;
/**
 * Minimum goodput for a frame to count as stuck, in bits per second: more than audio and the overhead of an
 * idle connection.
 */
const STUCK_BPS = 200_000;
/**
 * Weight of the newest capacity measurement in the mean. With this weight, the two newest measurements
 * dominate the mean.
 */
const CAPACITY_WEIGHT = 0.5;

/**
 * Combines frame arrivals, connection facts and timer lag into a `DownlinkEstimate`. The class has no timers.
 */
export class DownlinkEstimator {
  readonly #delays = new DelayTracker();
  readonly #bursts = new BurstRate();
  readonly #bottleneck = new BottleneckDetector();
  #arrivals: Arrival[] = [];
  #facts: { facts: ConnectionFacts; atMs: number }[] = [];
  #capacity: { bps: number; atMs: number } | undefined;
  /** Kind of the last known network path. While the path changes, a connection briefly has none. */
  #kind: ConnectionFacts['kind'] = null;
  #generation = 0;

  /**
   * Adds a connection sample. `nowMs` is the time at which it was received, on the clock used for arrivals.
   * The timestamps in the facts might be from a different clock.
   */
  addFacts(facts: ConnectionFacts, nowMs: number): void {
    const before = this.#facts.at(-1)?.facts;
    // No measurement stays valid when the connection changes or switches between a direct and a relayed path.
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
   * Returns how much later a track's frames arrive than the fastest frame of the same kind, in milliseconds;
   * null if there are no recent frames.
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
    // While the queue is not growing, the connection delivers no more than was requested, so the goodput is
    // only a lower bound on the capacity.
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
   * Returns the goodput while data arrives without completing a frame; null if it is negligible or unknown. A
   * queue delays the sender's estimate too, so the connection may look uncongested. Then only goodput after
   * the last frame counts, because an idle publisher sends nothing.
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
   * Returns the current goodput in bits per second; null if unknown. Frame arrivals are more recent than the
   * goodput that the connection reports. The reported value is the maximum, because large frames complete in
   * bursts, and is used alone if there are too few arrivals.
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
