import type { DownlinkEstimate } from './downlink-estimate.ts';
import type { RenditionConfig } from './rendition-config.ts';

/** Describes how well the connection carries the current rendition. */
export interface Verdict {
  /** How long the connection has been bad without interruption, in milliseconds; 0 while it is not bad. */
  readonly badMs: number;
  /** How long the connection has been good without interruption, in milliseconds; 0 while it is not good. */
  readonly goodMs: number;
  /** Whether the policy must step down immediately. */
  readonly emergency: boolean;
}

/** Input of one evaluation. */
export interface ConnectionSample {
  readonly nowMs: number;
  readonly estimate: DownlinkEstimate;
  /** Total bitrate of the current rendition and the audio, in bits per second. */
  readonly needBps: number;
  /** Whether frames of the shown rendition arrive too late to be shown. */
  readonly late: boolean;
  /** Whether the selected rendition is on screen. Until it is, no sample counts as good. */
  readonly settled: boolean;
}

/** Tracks how long the connection has been good or bad for the current rendition. */
export class ConnectionJudge {
  readonly #config: RenditionConfig;
  #queues: { atMs: number; queueMs: number }[] = [];
  #badSinceMs: number | undefined;
  #goodSinceMs: number | undefined;
  #lateSinceMs: number | undefined;

  constructor(config: RenditionConfig) {
    this.#config = config;
  }

  /** Adds a sample and returns the verdict. */
  evaluate({ nowMs, estimate, needBps, late, settled }: ConnectionSample): Verdict {
    const { badQueueMs, fillShare, lateMs, probeQueueMs, emergencyShare, emergencyQueueMs } = this.#config;
    const { queueMs, overdueMs, growing, bps, source, deliveredBps } = estimate;
    const shrinking = this.#isShrinking(nowMs, queueMs);
    // If the connection was just measured to be fast enough for the rendition, frames will be on time again
    // once the queue has drained.
    const enough = source === 'congestion' && bps !== null && bps * fillShare >= needBps;
    this.#lateSinceMs = late && !enough ? (this.#lateSinceMs ?? nowMs) : undefined;
    const lateForMs = this.#lateSinceMs === undefined ? 0 : nowMs - this.#lateSinceMs;
    const bad = growing || lateForMs >= lateMs || (queueMs >= badQueueMs && !shrinking);
    const good = !bad && !late && settled && queueMs < probeQueueMs && overdueMs < badQueueMs;
    this.#badSinceMs = bad ? (this.#badSinceMs ?? nowMs) : undefined;
    this.#goodSinceMs = good ? (this.#goodSinceMs ?? nowMs) : undefined;
    const tooSlow = bps !== null && source === 'congestion' && bps < needBps * emergencyShare;
    // A connection that delivered the needed rate is not too slow, even if the data arrived late and in bursts.
    const delivered = deliveredBps !== null && deliveredBps >= needBps;
    return {
      badMs: bad ? nowMs - (this.#badSinceMs ?? nowMs) : 0,
      goodMs: good ? nowMs - (this.#goodSinceMs ?? nowMs) : 0,
      // A large frame can lengthen a queue so abruptly that no growth is detected. A long queue that is not
      // shrinking therefore also counts as an emergency if the connection is too slow.
      emergency:
        !delivered &&
        (growing
          ? tooSlow || queueMs >= emergencyQueueMs
          : tooSlow && queueMs >= emergencyQueueMs && !shrinking),
    };
  }

  /**
   * Restarts all durations after a rendition change, because earlier samples do not apply to the new
   * rendition.
   */
  restart(): void {
    this.#badSinceMs = undefined;
    this.#goodSinceMs = undefined;
    this.#lateSinceMs = undefined;
  }

  #isShrinking(nowMs: number, queueMs: number): boolean {
    const { trendMs, fallingQueueMs } = this.#config;
    this.#queues = [
      ...this.#queues.filter(({ atMs }) => atMs >= nowMs - trendMs && atMs <= nowMs),
      { atMs: nowMs, queueMs },
    ];
    const longestMs = Math.max(...this.#queues.map((entry) => entry.queueMs));
    return longestMs - queueMs >= fallingQueueMs;
  }
}
