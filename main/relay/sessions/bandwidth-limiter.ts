import type { RelayLimits } from '../access/limits.ts';

/** A session's traffic, and the payer whose bandwidth limit applies to the session. */
export interface Traffic<Payer> {
  payer: Payer;
  /** Number of bytes in both directions since the last sample. */
  bytes: number;
}

/** How often traffic is sampled, in ms. */
export const SAMPLE_MS = 1_000;
/** A limit takes effect when this many consecutive samples exceed it. */
const MAX_EXCESS_SAMPLES = 5;

/**
 * Detects when all sessions together, or the sessions of one payer, exceed their bandwidth limit. Needs one
 * sample of all sessions per second.
 */
export class BandwidthLimiter<Payer> {
  readonly #limits: Pick<RelayLimits, 'bps' | 'bpsPerClient'>;
  /** Number of consecutive samples above the limit, by payer. */
  readonly #excess = new Map<Payer, number>();
  #totalExcess = 0;

  constructor(limits: Pick<RelayLimits, 'bps' | 'bpsPerClient'>) {
    this.#limits = limits;
  }

  /** Whether all sessions together exceed the total limit, so that no new sessions should be accepted. */
  get isFull(): boolean {
    return this.#totalExcess >= MAX_EXCESS_SAMPLES;
  }

  /**
   * Adds a sample. Returns the payers that have now exceeded their limit in too many consecutive samples;
   * their counts then restart.
   */
  sample(traffic: Iterable<Traffic<Payer>>): Payer[] {
    const bytesByPayer = new Map<Payer, number>();
    let totalBytes = 0;
    for (const { payer, bytes } of traffic) {
      totalBytes += bytes;
      bytesByPayer.set(payer, (bytesByPayer.get(payer) ?? 0) + bytes);
    }
    const { bps, bpsPerClient } = this.#limits;
    this.#totalExcess = exceeds(totalBytes, bps) ? this.#totalExcess + 1 : 0;
    for (const payer of [...this.#excess.keys()]) if (!bytesByPayer.has(payer)) this.#excess.delete(payer);
    const offenders: Payer[] = [];
    for (const [payer, bytes] of bytesByPayer) {
      const excess = exceeds(bytes, bpsPerClient) ? (this.#excess.get(payer) ?? 0) + 1 : 0;
      if (excess >= MAX_EXCESS_SAMPLES) offenders.push(payer);
      if (excess > 0 && excess < MAX_EXCESS_SAMPLES) this.#excess.set(payer, excess);
      else this.#excess.delete(payer);
    }
    return offenders;
  }
}

/** Whether the bytes in one sample exceed a limit in bits per second. A limit of 0 means no limit. */
function exceeds(bytes: number, bps: number): boolean {
  return bps > 0 && (bytes * 8 * 1000) / SAMPLE_MS > bps;
}
