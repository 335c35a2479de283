import type { RenditionOffer } from '../../../../common/bridge/renditions.ts';
import type { RenditionConfig } from './rendition-config.ts';

interface Failure {
  bitrateBps: number;
  times: number;
  atMs: number;
  untilMs: number;
  /** Burst rate at the start of the probe, in bits per second. */
  evidenceBps: number | null;
}

/**
 * Remembers failed probes. Each further failure doubles the pause before the next probe, which prevents
 * oscillation.
 */
export class ProbeMemory {
  readonly #config: RenditionConfig;
  readonly #failures = new Map<string, Failure>();

  constructor(config: RenditionConfig) {
    this.#config = config;
  }

  /**
   * Records a failed probe of a rendition.
   * @param evidenceBps the burst rate when the probe failed; null if unknown
   */
  recordFailure(offer: RenditionOffer, atMs: number, evidenceBps: number | null): void {
    const { name, bitrateBps } = offer;
    const times = (this.#failures.get(name)?.times ?? 0) + 1;
    const pauseMs = Math.min(this.#config.coolDownMs * 2 ** (times - 1), this.#config.maxCoolDownMs);
    this.#failures.set(name, { bitrateBps, times, atMs, untilMs: atMs + pauseMs, evidenceBps });
  }

  /**
   * Whether probes of this rendition are paused because it, or one with a lower bitrate, failed recently. A
   * higher burst rate than when the probe failed allows an early retry.
   * @param evidenceBps the current burst rate; null if unknown
   */
  blocks({ bitrateBps }: RenditionOffer, nowMs: number, evidenceBps: number | null): boolean {
    return [...this.#failures.values()].some((failure) => {
      if (failure.bitrateBps > bitrateBps || nowMs >= failure.untilMs) return false;
      if (nowMs < failure.atMs + this.#config.afterDownMs) return true;
      return evidenceBps === null || evidenceBps < (failure.evidenceBps ?? 0) * this.#config.betterBy;
    });
  }

  /** Forgets the failures of a rendition, because it works now. */
  recordSuccess(name: string): void {
    this.#failures.delete(name);
  }

  /** Forgets all failures. */
  clear(): void {
    this.#failures.clear();
  }
}
