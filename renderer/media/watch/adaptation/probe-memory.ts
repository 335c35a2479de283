import type { RenditionOffer } from '../../../../common/bridge/renditions.ts';
import type { RenditionConfig } from './rendition-config.ts';

interface Failure {
  bitrateBps: number;
  times: number;
  atMs: number;
  untilMs: number;
  /** What the link seemed to carry when the probe began. */
  evidenceBps: number | null;
}

/** Which renditions were tried in vain, and when they may be tried again: later each time, so that none is pumped. */
export class ProbeMemory {
  readonly #config: RenditionConfig;
  readonly #failures = new Map<string, Failure>();

  constructor(config: RenditionConfig) {
    this.#config = config;
  }

  failed(offer: RenditionOffer, atMs: number, evidenceBps: number | null): void {
    const { name, bitrateBps } = offer;
    const times = (this.#failures.get(name)?.times ?? 0) + 1;
    const pauseMs = Math.min(this.#config.coolDownMs * 2 ** (times - 1), this.#config.maxCoolDownMs);
    this.#failures.set(name, { bitrateBps, times, atMs, untilMs: atMs + pauseMs, evidenceBps });
  }

  /**
   * Whether it, or one that needs no more, failed a short while ago. `evidenceBps` is what the link seems to carry now:
   * one that got better since is worth an early try.
   */
  blocks({ bitrateBps }: RenditionOffer, nowMs: number, evidenceBps: number | null): boolean {
    return [...this.#failures.values()].some((failure) => {
      if (failure.bitrateBps > bitrateBps || nowMs >= failure.untilMs) return false;
      if (nowMs < failure.atMs + this.#config.afterDownMs) return true;
      return evidenceBps === null || evidenceBps < (failure.evidenceBps ?? 0) * this.#config.betterBy;
    });
  }

  /** It fits after all. */
  passed(name: string): void {
    this.#failures.delete(name);
  }

  clear(): void {
    this.#failures.clear();
  }
}
