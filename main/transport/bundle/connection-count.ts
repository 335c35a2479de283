/** Decides how many connections a bundle uses for sending, from the statistics of those connections. */

/** Statistics of the connections that carried data during one interval. */
export interface SendingSample {
  /** End of the interval on a monotonic clock, in ms. */
  atMs: number;
  sentPackets: number;
  lostPackets: number;
  /** The smallest of the connections' smoothed round-trip times, in ms. */
  rttMs: number;
}

/** How often the statistics are sampled, in ms. */
export const SAMPLE_MS = 250;

/** Length of the window in which losses are counted, in ms. */
const LOSS_WINDOW_MS = 2_000;
/**
 * Loss rate above which Cubic, at 50 ms, allows less than about 4 Mbit/s, so that one connection may be too slow for
 * one video.
 */
const LOSSY = 0.005;
/** Minimum number of lost packets in the window. A single burst of losses does not make a link lossy. */
const MIN_LOST_PACKETS = 3;
/** Minimum number of samples in the window for a decision. The first round-trip times include start-up delays. */
const MIN_SAMPLES = 4;
/**
 * Length of the window of the minimum round-trip time, in ms. Long enough for other flows to leave the queue once, and
 * short enough to follow a change of the network path.
 */
const MIN_RTT_WINDOW_MS = 30_000;
/**
 * A queue is assumed if the median round-trip time of the loss window exceeds the minimum by this many ms and this
 * fraction. Congestion keeps the queue of a bottleneck filled for most of the time, whereas jitter and a busy computer
 * cause short peaks.
 */
const QUEUE_MS = 15;
const QUEUE_FRACTION = 0.25;
/**
 * If additional connections multiply the loss rate by this factor, the loss is congestion at a bottleneck whose queue is
 * too short to be seen in the round-trip time. Random loss does not depend on the number of connections.
 */
const MORE_LOSS = 2.5;
/** Minimum number of lost packets for this comparison. */
const MIN_COMPARED_LOSSES = 12;
/** Time between two additions of a connection, in ms. */
const ADD_INTERVAL_MS = 500;
/** How long there must be no loss before a connection is removed, in ms. */
const CALM_MS = 8_000;
/**
 * How long to add no connections after congestion while additional ones were in use, in ms. The time doubles with each
 * congestion, and is reset after `MAX_HOLD_MS` without any.
 */
const MIN_HOLD_MS = 5_000;
const MAX_HOLD_MS = 60_000;

/**
 * Adds connections while packets are lost without a queue, which means that the loss is random and Cubic reduces its
 * rate needlessly. Removes all additional connections if packets are lost while there is a queue, because the loss
 * is then congestion, and several connections would take more than their share.
 */
export class ConnectionCount {
  readonly #max: number;
  readonly #samples: SendingSample[] = [];
  #count = 1;
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #lossAtMs = Number.NEGATIVE_INFINITY;
  #queueAtMs = Number.NEGATIVE_INFINITY;
  #holdUntilMs = Number.NEGATIVE_INFINITY;
  #holdMs = MIN_HOLD_MS;
  /** Loss rate before the first connection was added. */
  #singleLossRate = 0;

  /** @param max the largest count */
  constructor(max: number) {
    this.#max = max;
  }

  /** The number of connections to use, from 1 to the maximum. */
  get count(): number {
    return this.#count;
  }

  /** Adds a sample. Returns the number of connections to use from now on. */
  add(sample: SendingSample): number {
    this.#samples.push(sample);
    while (sample.atMs - (this.#samples[0]?.atMs ?? 0) > MIN_RTT_WINDOW_MS) this.#samples.shift();
    const { atMs } = sample;
    const recent = this.#samples.filter((each) => atMs - each.atMs < LOSS_WINDOW_MS);
    if (sample.lostPackets > 0) this.#lossAtMs = atMs;
    if (this.#hasQueue(recent)) this.#queueAtMs = atMs;
    // After congestion, the queue is shorter for some time, while its losses are still in the window.
    const hadQueue = atMs - this.#queueAtMs <= LOSS_WINDOW_MS;
    if (!isLossy(recent)) this.#removeIfCalm(atMs);
    else if (hadQueue || this.#causesLoss(recent)) this.#onCongestion(atMs);
    else if (recent.length >= MIN_SAMPLES) this.#addIfAllowed(atMs, lossOf(recent).rate);
    return this.#count;
  }

  #hasQueue(recent: readonly SendingSample[]): boolean {
    const rttsMs = recent.map(({ rttMs }) => rttMs).sort((a, b) => a - b);
    if (rttsMs.length < MIN_SAMPLES) return false;
    const medianMs = rttsMs[Math.floor((rttsMs.length - 1) / 2)] ?? 0;
    const minMs = Math.min(...this.#samples.map(({ rttMs }) => rttMs));
    return medianMs - minMs > Math.max(QUEUE_MS, QUEUE_FRACTION * minMs);
  }

  /** Whether the loss rate has grown with the number of connections. */
  #causesLoss(recent: readonly SendingSample[]): boolean {
    const { lost, rate } = lossOf(recent);
    return this.#count > 1 && lost >= MIN_COMPARED_LOSSES && rate > MORE_LOSS * this.#singleLossRate;
  }

  #addIfAllowed(atMs: number, lossRate: number): void {
    if (this.#count >= this.#max || atMs - this.#changedAtMs < ADD_INTERVAL_MS) return;
    if (atMs < this.#holdUntilMs) return;
    if (this.#count === 1) this.#singleLossRate = lossRate;
    this.#set(this.#count + 1, atMs);
  }

  #removeIfCalm(atMs: number): void {
    if (this.#count === 1 || atMs - Math.max(this.#lossAtMs, this.#changedAtMs) < CALM_MS) return;
    this.#set(this.#count - 1, atMs);
  }

  #onCongestion(atMs: number): void {
    if (this.#count === 1) {
      this.#holdUntilMs = Math.max(this.#holdUntilMs, atMs + LOSS_WINDOW_MS);
      return;
    }
    if (atMs - this.#holdUntilMs > MAX_HOLD_MS) this.#holdMs = MIN_HOLD_MS;
    this.#holdUntilMs = atMs + this.#holdMs;
    this.#holdMs = Math.min(2 * this.#holdMs, MAX_HOLD_MS);
    this.#set(1, atMs);
  }

  #set(count: number, atMs: number): void {
    this.#count = count;
    this.#changedAtMs = atMs;
  }
}

function isLossy(samples: readonly SendingSample[]): boolean {
  const { lost, rate } = lossOf(samples);
  return lost >= MIN_LOST_PACKETS && rate >= LOSSY;
}

function lossOf(samples: readonly SendingSample[]): { lost: number; rate: number } {
  const lost = samples.reduce((sum, { lostPackets }) => sum + lostPackets, 0);
  const sent = samples.reduce((sum, { sentPackets }) => sum + sentPackets, 0);
  return { lost, rate: sent > 0 ? lost / sent : 0 };
}
