import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';

/** Options of a `DirectSearch`: the search function and its schedule. */
export interface DirectSearchOptions {
  /** Starts a search for direct paths. Resolves when the search has started. */
  search: () => Promise<void>;
  /** Interval between searches, in milliseconds. */
  everyMs?: number;
  /** After a connection has been relayed for this long, the searches stop, in milliseconds. */
  forMs?: number;
}

/**
 * iroh runs at most one search every 5 s unless an address changes. A request at twice that rate uses every
 * opportunity.
 */
const SEARCH_EVERY_MS = 2_500;
/**
 * If a connection is still relayed after this time, there is no direct path. iroh's own search once a minute is then
 * enough.
 */
const SEARCH_FOR_MS = 5 * 60_000;

/**
 * Searches for a direct path repeatedly while data goes through an iroh relay. iroh itself searches for a few seconds
 * after a connection is established or an address changes, then once a minute (its UPGRADE_INTERVAL). So it would
 * find a path that becomes available in between up to a minute late.
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
    // iroh searches on its own during the first interval.
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
