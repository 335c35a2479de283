import type { DownlinkEstimate } from './downlink.ts';
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

  constructor(config: RenditionConfig) {
    this.#config = config;
  }

  look({ nowMs, estimate, needBps, late, settled }: Look): Verdict {
    const { badQueueMs, probeQueueMs, emergencyShare, emergencyQueueMs } = this.#config;
    const { queueMs, overdueMs, growing, bps, why } = estimate;
    const shrinking = this.#shrinking(nowMs, queueMs);
    const bad = growing || late || (queueMs >= badQueueMs && !shrinking);
    const good = !bad && settled && queueMs < probeQueueMs && overdueMs < badQueueMs;
    this.#badSinceMs = bad ? (this.#badSinceMs ?? nowMs) : undefined;
    this.#goodSinceMs = good ? (this.#goodSinceMs ?? nowMs) : undefined;
    const tooSlow = bps !== null && why === 'busy' && bps < needBps * emergencyShare;
    return {
      badMs: bad ? nowMs - (this.#badSinceMs ?? nowMs) : 0,
      goodMs: good ? nowMs - (this.#goodSinceMs ?? nowMs) : 0,
      emergency: growing && (tooSlow || queueMs >= emergencyQueueMs),
    };
  }

  /** Something else plays from now on: what was seen says nothing of it. */
  restart(): void {
    this.#badSinceMs = undefined;
    this.#goodSinceMs = undefined;
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
