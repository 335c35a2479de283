/** A sample of the sending side of a connection. */
export interface SendSample {
  /** Time on a monotonic clock, in milliseconds. */
  readonly atMs: number;
  /** Identifies the network path. When it changes, all earlier samples are forgotten. */
  readonly path: string;
  /** Smoothed round-trip time of the path, in milliseconds. */
  readonly rttMs: number;
  /** Congestion window of the path, in bytes. */
  readonly cwndBytes: number;
  /** Congestion events of the path since it opened. */
  readonly congestionEvents: number;
  /** Bytes sent on the connection since it began, including retransmissions and packet overhead. */
  readonly sentBytes: number;
  /** Bytes that were declared lost since the connection began. */
  readonly lostBytes: number;
}

/** Length of the time window in which the minimum round-trip time is found, in milliseconds. */
const BASE_WINDOW_MS = 30_000;
const BASE_STEP_MS = 1_000;
/**
 * Length of the time window, in milliseconds, whose minimum queueing delay is the standing queue. A keyframe fills
 * a queue for a few hundred milliseconds, a rate above the capacity fills it permanently.
 */
const STANDING_MS = 500;
/** Length of the time window in which the sent bit rate is measured, in milliseconds. */
const RATE_WINDOW_MS = 600;
const MIN_RATE_MS = 200;
/** Standing queue above which the connection is congested, in milliseconds. Timers and Wi-Fi cause shorter ones. */
const CONGESTED_MS = 40;
/** The same limit as a share of the minimum round-trip time; the larger limit applies. */
const CONGESTED_SHARE = 0.3;
/**
 * Queueing delay, in milliseconds, that is congestion even if it lasts only for `ALARM_LASTS_MS`. At this length,
 * waiting for a standing queue would delay the video visibly.
 */
const ALARM_MS = 110;
const ALARM_LASTS_MS = 250;
/** The capacity may grow while the queue is shorter than this share of the congestion threshold. */
const CLEAR_SHARE = 0.5;
/** Length of the time window in which the carried bit rate is measured, in milliseconds. */
const CARRIED_WINDOW_MS = 800;
/** Minimum time between two capacity measurements, in milliseconds: the time until the encoder has reacted. */
const MEASURE_EVERY_MS = 250;
/** How much a queue must shrink within a measurement interval to be considered draining, in milliseconds. */
const DRAINING_MS = 15;
/** Share of the capacity that may be used without a queue. */
const FILL_SHARE = 0.93;
/** The share falls by 1 for this length of the queue, in milliseconds, so that a queue drains within this time. */
const DRAIN_MS = 500;
const MIN_FILL_SHARE = 0.5;
/**
 * The congestion window limits the sender if at least this share of it is used. Its size is then the capacity,
 * unless it has never been reduced and still grows.
 */
const WINDOW_SHARE = 0.8;
/**
 * Share of such a window that is used as the capacity. The rest lets data drain that waits for the window. The
 * round-trip time does not show this data.
 */
const WINDOW_FILL = 0.85;
/** How long after a congestion event losses are considered to limit the window, in milliseconds. */
const LOSS_MEMORY_MS = 3_000;
/**
 * The limit is at most this many times the highest bit rate that was recently sent without a queue. A sender that
 * suddenly sends far more would fill the queue before it can react.
 */
const MAX_HEADROOM = 2;
/** The bit rate that may always be tried, in bits per second. WebRTC senders are often configured to start with 1 Mbit/s. */
const START_BPS = 1_500_000;
/** How long a bit rate that was sent without a queue may be used again at once, in milliseconds. */
const PROVEN_MS = 10_000;
/**
 * Growth of the capacity per second while there is no queue. It is fast below the capacity at the last congestion,
 * slow near it, and then grows with the distance above it.
 */
const SLOW_GROWTH = 0.05;
const FAST_GROWTH = 0.4;
/**
 * If less than this share of the limit is sent, the growth is always fast, because it causes no queue until the
 * sender uses it. `MAX_HEADROOM` bounds it.
 */
const USED_SHARE = 0.7;
const MAX_GROWTH_ABOVE = 0.2;
/** Share of the capacity at the last congestion at which the growth becomes slow. */
const NEAR_SHARE = 0.9;
/** Weight of a new measurement in the capacity at the last congestion. */
const CONGESTED_WEIGHT = 0.5;

interface Sample {
  readonly atMs: number;
  readonly queueMs: number;
  readonly sentBytes: number;
  readonly lostBytes: number;
}

/**
 * Estimates the bit rate that a connection can carry without a queue, at its sending end. It reacts to queueing
 * delay (the round-trip time above its recent minimum), and to a congestion window that losses keep below the sent
 * rate. QUIC's own congestion control reacts only to losses, so it fills a deep queue first; and its window says
 * nothing about the capacity while the application sends less.
 */
export class SendLimit {
  #path: string | undefined;
  #bases: { atMs: number; rttMs: number }[] = [];
  #samples: Sample[] = [];
  #capacityBps: number | null = null;
  /** The capacity that was measured at the last congestion, in bits per second. */
  #congestedBps: number | null = null;
  /** Bit rates that were sent without a queue, in descending order. */
  #proven: { atMs: number; bps: number }[] = [];
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  #lossAtMs = Number.NEGATIVE_INFINITY;
  #congestionEvents: number | undefined;
  #limitBps: number | null = null;

  /**
   * The bit rate that the connection can carry, in bits per second, including packet overhead. Null until enough
   * samples have been added.
   */
  get bps(): number | null {
    return this.#limitBps;
  }

  /** Adds a sample; `atMs` must increase. Returns `bps`. */
  add(sample: SendSample): number | null {
    const { atMs, path, rttMs, sentBytes, lostBytes, congestionEvents } = sample;
    const before = this.#samples.at(-1);
    if (path !== this.#path || sentBytes < (before?.sentBytes ?? 0)) this.#reset(path);
    if (before && atMs <= before.atMs) return this.#limitBps;
    if (this.#congestionEvents !== undefined && congestionEvents > this.#congestionEvents)
      this.#lossAtMs = atMs;
    this.#congestionEvents = congestionEvents;
    const baseMs = this.#updateBase(atMs, rttMs);
    const keepMs = Math.max(STANDING_MS, RATE_WINDOW_MS, MEASURE_EVERY_MS) + BASE_STEP_MS;
    this.#samples = [
      ...this.#samples.filter((other) => other.atMs > atMs - keepMs),
      { atMs, queueMs: Math.max(0, rttMs - baseMs), sentBytes, lostBytes },
    ];
    this.#evaluate(sample, Math.max(CONGESTED_MS, baseMs * CONGESTED_SHARE));
    return this.#limitBps;
  }

  #evaluate({ atMs, cwndBytes, rttMs }: SendSample, congestedMs: number): void {
    const elapsedMs = atMs - (this.#samples.at(-2)?.atMs ?? atMs);
    const sentBps = this.#sentBps(atMs);
    if (sentBps === null || elapsedMs <= 0) return;
    const standingMs = this.#minQueueMs(atMs, STANDING_MS);
    const windowBps = (cwndBytes * 8_000) / Math.max(1, rttMs);
    const lossLimited = atMs - this.#lossAtMs < LOSS_MEMORY_MS && sentBps >= windowBps * WINDOW_SHARE;
    const alarm = this.#minQueueMs(atMs, ALARM_LASTS_MS) >= Math.max(ALARM_MS, congestedMs);
    if (standingMs >= congestedMs || alarm || lossLimited) {
      this.#measure(atMs, lossLimited ? Math.min(sentBps, windowBps) * WINDOW_FILL : this.#carriedBps(atMs));
    } else if (this.#capacityBps !== null && standingMs < congestedMs * CLEAR_SHARE) {
      this.#grow(elapsedMs, sentBps);
    }
    if (standingMs < congestedMs * CLEAR_SHARE) this.#addProven(atMs, sentBps);
    const fill = Math.max(MIN_FILL_SHARE, FILL_SHARE - this.#minQueueMs(atMs, ALARM_LASTS_MS) / DRAIN_MS);
    this.#limitBps = Math.round(
      Math.min((this.#capacityBps ?? Number.POSITIVE_INFINITY) * fill, this.#maxBps),
    );
  }

  /** The highest useful limit, a multiple of the highest bit rate that was recently sent without a queue. */
  get #maxBps(): number {
    return Math.max(START_BPS, MAX_HEADROOM * Math.max(0, ...this.#proven.map(({ bps }) => bps)));
  }

  #addProven(atMs: number, bps: number): void {
    const recent = this.#proven.filter((entry) => entry.atMs > atMs - PROVEN_MS && entry.bps > bps);
    this.#proven = [...recent, { atMs, bps }];
  }

  /** Lowers the capacity to a measured one, unless the queue is already draining. */
  #measure(atMs: number, carriedBps: number): void {
    if (atMs - this.#measuredAtMs < MEASURE_EVERY_MS) return;
    const earlier = this.#samples.find((sample) => sample.atMs >= atMs - MEASURE_EVERY_MS);
    const queueMs = this.#samples.at(-1)?.queueMs ?? 0;
    if (this.#capacityBps !== null && earlier && earlier.queueMs - queueMs >= DRAINING_MS) return;
    this.#measuredAtMs = atMs;
    this.#capacityBps = Math.min(carriedBps, this.#capacityBps ?? Number.POSITIVE_INFINITY);
    const before = this.#congestedBps ?? carriedBps;
    this.#congestedBps = before + (carriedBps - before) * CONGESTED_WEIGHT;
  }

  /** Raises the capacity while there is no queue. */
  #grow(elapsedMs: number, sentBps: number): void {
    const capacityBps = this.#capacityBps ?? 0;
    const congestedBps = this.#congestedBps ?? capacityBps;
    const above = (capacityBps - congestedBps) / congestedBps;
    const used = sentBps >= (this.#limitBps ?? 0) * USED_SHARE;
    const near = used && capacityBps >= congestedBps * NEAR_SHARE;
    const growth = near ? Math.min(MAX_GROWTH_ABOVE, Math.max(SLOW_GROWTH, above / 2)) : FAST_GROWTH;
    const grownBps = capacityBps * (1 + (growth * elapsedMs) / 1_000);
    // The sent rate is a lower bound on the capacity, because there is no queue.
    this.#capacityBps = Math.max(capacityBps, sentBps, Math.min(grownBps, this.#maxBps));
  }

  /**
   * Returns the rate that left the queue, in bits per second: the highest rate of the spans that end now. After a
   * burst, the queue drains while little is sent, and the smoothed round-trip time hides that, so only spans that
   * include the burst show how much the connection carries.
   */
  #carriedBps(atMs: number): number {
    const last = this.#samples.at(-1);
    let carriedBps = 0;
    for (const first of this.#samples) {
      const elapsedMs = atMs - first.atMs;
      if (!last || elapsedMs < MIN_RATE_MS || elapsedMs > CARRIED_WINDOW_MS) continue;
      const bytes = last.sentBytes - first.sentBytes - Math.max(0, last.lostBytes - first.lostBytes);
      // What was sent in `elapsedMs` leaves the queue within that time plus the growth of the queue.
      const leavingMs = elapsedMs + Math.max(0, last.queueMs - first.queueMs);
      carriedBps = Math.max(carriedBps, (bytes * 8_000) / leavingMs);
    }
    return carriedBps;
  }

  #sentBps(atMs: number): number | null {
    const [first] = this.#samples.filter((sample) => sample.atMs > atMs - RATE_WINDOW_MS);
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < MIN_RATE_MS) return null;
    return ((last.sentBytes - first.sentBytes) * 8_000) / (last.atMs - first.atMs);
  }

  #minQueueMs(atMs: number, windowMs: number): number {
    const recent = this.#samples.filter((sample) => sample.atMs > atMs - windowMs);
    return Math.min(...recent.map(({ queueMs }) => queueMs));
  }

  #updateBase(atMs: number, rttMs: number): number {
    const last = this.#bases.at(-1);
    if (last && atMs - last.atMs < BASE_STEP_MS) last.rttMs = Math.min(last.rttMs, rttMs);
    else {
      const recent = this.#bases.filter((base) => base.atMs > atMs - BASE_WINDOW_MS);
      this.#bases = [...recent, { atMs, rttMs }];
    }
    return Math.min(...this.#bases.map((base) => base.rttMs));
  }

  #reset(path: string): void {
    this.#path = path;
    this.#bases = [];
    this.#samples = [];
    this.#capacityBps = null;
    this.#congestedBps = null;
    this.#proven = [];
    this.#limitBps = null;
    this.#measuredAtMs = Number.NEGATIVE_INFINITY;
    this.#lossAtMs = Number.NEGATIVE_INFINITY;
    this.#congestionEvents = undefined;
  }
}
