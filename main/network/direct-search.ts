import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';

/** Options for a `DirectSearch`: the search function and its schedule. */
export interface DirectSearchOptions {
  /** Starts a search for direct paths. Resolves when the search has started. */
  search: () => Promise<void>;
  /** Interval between the starts of two searches, in ms. */
  everyMs?: number;
  /** How long the searches continue after a connection becomes relayed, in ms. */
  forMs?: number;
}

/**
 * Interval between search requests, in ms. iroh runs at most one search every 5 s unless an address changes,
 * so requests at twice that rate miss no opportunity.
 */
const SEARCH_EVERY_MS = 2_500;
/**
 * How long the searches continue after a connection becomes relayed, in ms. After that, a direct path is
 * unlikely, and iroh's own search once a minute is sufficient.
 */
const SEARCH_FOR_MS = 5 * 60_000;

/**
 * Repeatedly searches for a direct path while a connection is relayed. iroh itself searches for a few seconds
 * after a connection or address change, and then only once a minute (its UPGRADE_INTERVAL).
 */
export class DirectSearch {
  readonly #options: Required<DirectSearchOptions>;
  #relayedSinceMs: number | undefined;
  #lastSearchMs = Number.NEGATIVE_INFINITY;
  #searching = false;

  constructor(options: DirectSearchOptions) {
    this.#options = { everyMs: SEARCH_EVERY_MS, forMs: SEARCH_FOR_MS, ...options };
  }

  /**
   * Starts a search if one is due. Must be called at regular intervals.
   *
   * @param relayed whether any connection is currently relayed
   */
  update(relayed: boolean, nowMs: number): void {
    if (!relayed) {
      this.#relayedSinceMs = undefined;
      return;
    }
    const { everyMs, forMs, search } = this.#options;
    this.#relayedSinceMs ??= nowMs;
    const relayedMs = nowMs - this.#relayedSinceMs;
    // No search is requested during the first interval, because iroh itself is searching then.
    if (this.#searching || relayedMs < everyMs || nowMs - this.#lastSearchMs < everyMs) return;
    if (relayedMs > forMs) return;
    this.#lastSearchMs = nowMs;
    this.#searching = true;
    search()
      .catch((error: unknown) => log.debug(`search for a direct path failed: ${messageOf(error)}`))
      .finally(() => {
        this.#searching = false;
      });
  }
}
