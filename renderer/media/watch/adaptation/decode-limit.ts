import type { RenditionOffer } from '../../../../common/bridge/renditions.ts';
import type { PolicyInput } from './policy-types.ts';
import { belowPixels, pixels } from './rendition-ceiling.ts';
import type { RenditionConfig } from './rendition-config.ts';

/** Remembers what this computer could not decode in time, and allows it again after a while: longer each time. */
export class DecodeLimit {
  readonly #config: RenditionConfig;
  #sinceMs: number | undefined;
  #pixels = Number.POSITIVE_INFINITY;
  #untilMs = Number.NEGATIVE_INFINITY;
  #times = 0;

  constructor(config: RenditionConfig) {
    this.#config = config;
  }

  /** Whether the decoder has been too slow for a while; then nothing of that size is allowed for a longer one. */
  look({ nowMs, player }: PolicyInput, current: RenditionOffer): boolean {
    if (!player.overloaded || player.shown !== current.name) {
      this.#sinceMs = undefined;
      return false;
    }
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs < this.#config.badMs) return false;
    this.#sinceMs = undefined;
    this.#pixels = pixels(current);
    this.#untilMs = nowMs + Math.min(this.#config.overloadMs * 2 ** this.#times, this.#config.maxOverloadMs);
    this.#times += 1;
    return true;
  }

  /** Those of a ladder (smallest first) that may be decoded now. */
  allowed(ladder: RenditionOffer[], nowMs: number): RenditionOffer[] {
    return nowMs < this.#untilMs ? belowPixels(ladder, this.#pixels) : ladder;
  }
}
