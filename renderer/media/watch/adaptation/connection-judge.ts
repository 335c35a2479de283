import type { DownlinkEstimate } from './downlink-estimate.ts';
import type { RenditionConfig } from './rendition-config.ts';

/** What one look at the link says of the rendition that plays. */
export interface Verdict {
  /** For how long it has been bad without a break, in milliseconds; 0 when it is not. */
  readonly badMs: number;
  /** For how long it has been good without a break, in milliseconds; 0 when it is not. */
  readonly goodMs: number;
  /** It must go down now. */
  readonly emergency: boolean;
}

/** What is judged. */
export interface Look {
  readonly nowMs: number;
  readonly estimate: DownlinkEstimate;
  /** What the rendition that plays and the sound need, in bits per second. */
  readonly needBps: number;
  /** Frames of what plays come too late to be shown. */
  readonly late: boolean;
  /** What is wanted is what is shown: only then the look says something of it. */
  readonly settled: boolean;
}

/** Remembers for how long the link has been good or bad. */
export class LinkJudge {
  readonly #config: RenditionConfig;
  #queues: { atMs: number; queueMs: number }[] = [];
  #badSinceMs: number | undefined;
  #goodSinceMs: number | undefined;
  #lateSinceMs: number | undefined;

  constructor(config: RenditionConfig) {
    this.#config = config;
  }

  look({ nowMs, estimate, needBps, late, settled }: Look): Verdict {
    const { badQueueMs, fillShare, lateMs, probeQueueMs, emergencyShare, emergencyQueueMs } = this.#config;
    const { queueMs, overdueMs, growing, bps, why, deliveredBps } = estimate;
    const shrinking = this.#shrinking(nowMs, queueMs);
    // A link that was just measured to carry it is not what makes frames late, once its queue is gone.
    const enough = why === 'busy' && bps !== null && bps * fillShare >= needBps;
    this.#lateSinceMs = late && !enough ? (this.#lateSinceMs ?? nowMs) : undefined;
    const lateForMs = this.#lateSinceMs === undefined ? 0 : nowMs - this.#lateSinceMs;
    const bad = growing || lateForMs >= lateMs || (queueMs >= badQueueMs && !shrinking);
    const good = !bad && !late && settled && queueMs < probeQueueMs && overdueMs < badQueueMs;
    this.#badSinceMs = bad ? (this.#badSinceMs ?? nowMs) : undefined;
    this.#goodSinceMs = good ? (this.#goodSinceMs ?? nowMs) : undefined;
    const tooSlow = bps !== null && why === 'busy' && bps < needBps * emergencyShare;
    // A link that brought all that is needed is not too slow, however late and lumpy it comes here.
    const brought = deliveredBps !== null && deliveredBps >= needBps;
    return {
      badMs: bad ? nowMs - (this.#badSinceMs ?? nowMs) : 0,
      goodMs: good ? nowMs - (this.#goodSinceMs ?? nowMs) : 0,
      // A queue is long at once where frames are large: it need not be seen to grow.
      emergency:
        !brought &&
        (growing
          ? tooSlow || queueMs >= emergencyQueueMs
          : tooSlow && queueMs >= emergencyQueueMs && !shrinking),
    };
  }

  /** Something else plays from now on: what was seen says nothing of it. */
  restart(): void {
    this.#badSinceMs = undefined;
    this.#goodSinceMs = undefined;
    this.#lateSinceMs = undefined;
  }

  #shrinking(nowMs: number, queueMs: number): boolean {
    const { trendMs, fallingQueueMs } = this.#config;
    this.#queues = [
      ...this.#queues.filter(({ atMs }) => atMs >= nowMs - trendMs && atMs <= nowMs),
      { atMs: nowMs, queueMs },
    ];
    const most = Math.max(...this.#queues.map((entry) => entry.queueMs));
    return most - queueMs >= fallingQueueMs;
  }
}
