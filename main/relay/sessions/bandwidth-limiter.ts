import type { RelayLimits } from '../access/limits.ts';

/** Traffic that counts against the limits: of a session, with the payer that it counts for. */
export interface Traffic<Payer> {
  payer: Payer;
  /** Bytes in both directions since the last sample. */
  bytes: number;
}

/** How often traffic is sampled, in milliseconds. */
export const SAMPLE_MS = 1_000;
/** A limit takes effect when this many consecutive samples exceed it. */
const MAX_EXCESS_SAMPLES = 5;

/** Detects bandwidth above the limits from one sample of all sessions per second, in total and per payer. */
export class BandwidthLimiter<Payer> {
  readonly #limits: Pick<RelayLimits, 'bps' | 'bpsPerClient'>;
  /** Consecutive samples above the limit per payer. */
  readonly #excess = new Map<Payer, number>();
  #totalExcess = 0;

  constructor(limits: Pick<RelayLimits, 'bps' | 'bpsPerClient'>) {
    this.#limits = limits;
  }

  /** Whether all sessions together use more than they may, so that no new ones should be accepted. */
  get isFull(): boolean {
    return this.#totalExcess >= MAX_EXCESS_SAMPLES;
  }

  /** Adds a sample. Returns the payers that have exceeded their limit for too long, each of them once. */
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

/** Whether the bytes of one sample are above a limit in bits per second, where 0 means no limit. */
function exceeds(bytes: number, bps: number): boolean {
  return bps > 0 && (bytes * 8 * 1000) / SAMPLE_MS > bps;
}
