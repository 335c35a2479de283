import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';

/**
 * While data goes through an iroh relay, a direct way is looked for again and again. iroh itself tries for a few
 * seconds after a connection stands or an address changes, then once a minute (its UPGRADE_INTERVAL): a way that
 * opens in between would be found up to a minute late.
 */
export interface DirectSearchOptions {
  /** Starts one search; resolves when it is on its way. */
  search: () => Promise<void>;
  everyMs?: number;
  forMs?: number;
}

/** iroh repeats a search after 5 s at the soonest unless an address changed; half of that keeps it at that pace. */
const SEARCH_EVERY_MS = 2_500;
/** Who is still relayed after this has no direct way: iroh's own pace will do, a few packets a minute. */
const SEARCH_FOR_MS = 5 * 60_000;

export class DirectSearch {
  readonly #options: Required<DirectSearchOptions>;
  #sinceMs: number | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #searching = false;

  constructor(options: DirectSearchOptions) {
    this.#options = { everyMs: SEARCH_EVERY_MS, forMs: SEARCH_FOR_MS, ...options };
  }

  /** To be called now and then, with whether anything is relayed at `nowMs`. */
  look(relayed: boolean, nowMs: number): void {
    if (!relayed) {
      this.#sinceMs = undefined;
      return;
    }
    const { everyMs, forMs, search } = this.#options;
    this.#sinceMs ??= nowMs;
    // The first moments are iroh's own.
    if (this.#searching || nowMs - this.#sinceMs < everyMs || nowMs - this.#lastMs < everyMs) return;
    if (nowMs - this.#sinceMs > forMs) return;
    this.#lastMs = nowMs;
    this.#searching = true;
    search()
      .catch((error: unknown) => log.debug(`search for a direct path: ${messageOf(error)}`))
      .finally(() => {
        this.#searching = false;
      });
  }
}
