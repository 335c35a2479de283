import type { RenditionOffer } from '../../../../common/bridge/renditions.ts';
import { needBpsOf, type PolicyInput } from './policy-types.ts';
import type { RenditionConfig } from './rendition-config.ts';

/**
 * Decides whether the publisher can be expected to reduce the bitrate of a rendition to what the connection carries,
 * so that the policy need not step down. A publisher offers this in the catalog, but it knows only its own
 * connection: behind a relay, the bitrate does not follow the connection between the relay and a viewer. If a queue
 * does not disappear in time, the offer is ignored for a while, and longer each time.
 */
export class Following {
  readonly #config: RenditionConfig;
  #sinceMs: number | undefined;
  #badAtMs = Number.NEGATIVE_INFINITY;
  #distrustedUntilMs = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(config: RenditionConfig) {
    this.#config = config;
  }

  /** Returns the lowest total bitrate of a rendition and the audio that is still useful, in bits per second. */
  floorBps(input: PolicyInput, offer: RenditionOffer): number {
    const fullBps = needBpsOf(input, offer);
    if (offer.minBitrateBps === undefined || input.nowMs < this.#distrustedUntilMs) return fullBps;
    return Math.min(fullBps, offer.minBitrateBps + input.audioBps);
  }

  /**
   * Whether the policy should wait for the publisher instead of stepping down. Must be called for every sample.
   *
   * @param bad whether the policy would step down otherwise
   */
  waits(input: PolicyInput, current: RenditionOffer, bad: boolean): boolean {
    const { nowMs, estimate } = input;
    const { followMs, followClearMs, fillShare, distrustMs, maxDistrustMs } = this.#config;
    if (bad) this.#badAtMs = nowMs;
    else if (nowMs - this.#badAtMs >= followClearMs) this.#sinceMs = undefined;
    if (!bad) return false;
    const floorBps = this.floorBps(input, current);
    if (floorBps >= needBpsOf(input, current)) return false;
    const { bps, source } = estimate;
    if (source === 'congestion' && bps !== null && bps * fillShare < floorBps) return false;
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs < followMs) return true;
    this.#distrustedUntilMs = nowMs + Math.min(distrustMs * 2 ** this.#failures, maxDistrustMs);
    this.#failures += 1;
    this.#sinceMs = undefined;
    return false;
  }

  /** Restarts the wait after a rendition change. */
  restart(): void {
    this.#sinceMs = undefined;
    this.#badAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Forgets everything about the previous connection. */
  clear(): void {
    this.restart();
    this.#distrustedUntilMs = Number.NEGATIVE_INFINITY;
    this.#failures = 0;
  }
}
