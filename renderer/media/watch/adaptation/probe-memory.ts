import type { RenditionOffer } from '../../../../common/bridge/renditions.ts';
import type { RenditionConfig } from './rendition-config.ts';

interface Failure {
  bitrateBps: number;
  times: number;
  atMs: number;
  untilMs: number;
  /** The burst rate at the beginning of the probe. */
  evidenceBps: number | null;
}

/** Remembers failed probes. Each further failure doubles the pause, so that the rendition does not oscillate. */
export class ProbeMemory {
  readonly #config: RenditionConfig;
  readonly #failures = new Map<string, Failure>();

  constructor(config: RenditionConfig) {
    this.#config = config;
  }

  /** Records a failed probe of a rendition. `evidenceBps` is the burst rate at that time, if known. */
  recordFailure(offer: RenditionOffer, atMs: number, evidenceBps: number | null): void {
    const { name, bitrateBps } = offer;
    const times = (this.#failures.get(name)?.times ?? 0) + 1;
    const pauseMs = Math.min(this.#config.coolDownMs * 2 ** (times - 1), this.#config.maxCoolDownMs);
    this.#failures.set(name, { bitrateBps, times, atMs, untilMs: atMs + pauseMs, evidenceBps });
  }

  /**
   * Whether this rendition, or one with a lower bit rate, failed recently. `evidenceBps` is the current burst rate; if
   * it rose since the failure, an early retry is allowed.
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
