import type { RenditionConfig } from './rendition-config.ts';

interface Failure {
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

  failed(name: string, atMs: number, evidenceBps: number | null): void {
    const times = (this.#failures.get(name)?.times ?? 0) + 1;
    const pauseMs = Math.min(this.#config.coolDownMs * 2 ** (times - 1), this.#config.maxCoolDownMs);
    this.#failures.set(name, { times, atMs, untilMs: atMs + pauseMs, evidenceBps });
  }

  /** `evidenceBps` is what the link seems to carry now: a link that got better is worth an early try. */
  blocks(name: string, nowMs: number, evidenceBps: number | null): boolean {
    const failure = this.#failures.get(name);
    if (!failure || nowMs >= failure.untilMs) return false;
    if (nowMs < failure.atMs + this.#config.afterDownMs) return true;
    return evidenceBps === null || evidenceBps < (failure.evidenceBps ?? 0) * this.#config.betterBy;
  }

  /** It fits after all. */
  passed(name: string): void {
    this.#failures.delete(name);
  }

  clear(): void {
    this.#failures.clear();
  }
}
