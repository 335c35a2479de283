import type { RenditionOffer } from '../../../../common/bridge/renditions.ts';
import type { PolicyInput } from './policy-types.ts';
import { belowPixels, pixelCount } from './rendition-ceiling.ts';
import type { RenditionConfig } from './rendition-config.ts';

/**
 * Excludes sizes that this computer could not decode in time. The exclusion time doubles each time the
 * problem recurs.
 */
export class DecodeLimit {
  readonly #config: RenditionConfig;
  #sinceMs: number | undefined;
  #limitPixels = Number.POSITIVE_INFINITY;
  #untilMs = Number.NEGATIVE_INFINITY;
  #times = 0;

  constructor(config: RenditionConfig) {
    this.#config = config;
  }

  /**
   * Adds a decoder-load sample. Returns true once the decoder has been overloaded for `badMs`; renditions of
   * this size and above are then excluded for a while.
   */
  update({ nowMs, player }: PolicyInput, current: RenditionOffer): boolean {
    if (!player.overloaded || player.shown !== current.name) {
      this.#sinceMs = undefined;
      return false;
    }
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs < this.#config.badMs) return false;
    this.#sinceMs = undefined;
    this.#limitPixels = pixelCount(current);
    this.#untilMs = nowMs + Math.min(this.#config.overloadMs * 2 ** this.#times, this.#config.maxOverloadMs);
    this.#times += 1;
    return true;
  }

  /** Returns the renditions of a ladder (smallest first) that are not excluded now. */
  allowed(ladder: RenditionOffer[], nowMs: number): RenditionOffer[] {
    return nowMs < this.#untilMs ? belowPixels(ladder, this.#limitPixels) : ladder;
  }
}
