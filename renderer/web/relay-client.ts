import { type Readable, Store } from '../../common/base/store.ts';
import {
  RELAY_HEALTH,
  RELAY_INFO,
  RELAY_PULL_EVENTS,
  RELAY_TOKEN_PARAM,
} from '../../common/relay/relay-api.ts';
import { RELAY_REFUSAL_HEADER, type RelayRefusal } from '../../common/relay/relay-refusal.ts';
import type { RelayInfo } from '../../common/relay/relay-schemas.ts';
import { abortable } from '../media/shared/abort-signals.ts';
import { RelayRefusedError } from './refusal.ts';
import { relayBase } from './relay-base.ts';

/** How long the relay's info stays cached after it is received, in milliseconds. */
const CACHE_MS = 5_000;
/**
 * Maximum time from a request to its response, in milliseconds. It is shorter than the 10 s within which a
 * session has to open.
 */
const REQUEST_TIMEOUT_MS = 8_000;

/** HTTP client for the relay that served this page. */
export class RelayClient {
  /**
   * The URL of the start page, without a query. Its path is `/`, or the path under which a proxy serves the relay, with
   * a final slash.
   */
  readonly base: URL;
  /** The token from the page's URL; null if there is none. */
  readonly token: string | null;
  readonly #info = new Store<RelayInfo | null>(null);
  readonly #refusal = new Store<RelayRefusal | null>(null);
  #fetchedAtMs = Number.NEGATIVE_INFINITY;
  #pending: Promise<RelayInfo> | undefined;

  constructor(page: URL = new URL(location.href)) {
    this.base = relayBase(page);
    this.token = page.searchParams.get(RELAY_TOKEN_PARAM) || null;
  }

  /** The relay's latest info; null before its first response. */
  get info(): Readable<RelayInfo | null> {
    return this.#info;
  }

  /** Why the relay did not accept this page's token, according to its last response; null if it accepted the token. */
  get refusal(): Readable<RelayRefusal | null> {
    return this.#refusal;
  }

  /**
   * Makes the next `fetchInfo` send a request. Call this after a session fails, because the relay's response
   * might have changed.
   */
  forgetInfo(): void {
    this.#fetchedAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Fetches what the relay offers and allows. A response is reused only for a short time, because a restarted
   * relay might have a new certificate. Concurrent calls share one request.
   * @throws RelayRefusedError if the relay does not accept the token; Error with a message for the user; the
   * signal's reason
   */
  fetchInfo(signal: AbortSignal): Promise<RelayInfo> {
    const cached = this.#info.get();
    if (cached && performance.now() - this.#fetchedAtMs < CACHE_MS) return Promise.resolve(cached);
    if (!this.#pending) {
      this.#pending = this.#requestInfo();
      const done = () => {
        this.#pending = undefined;
      };
      this.#pending.then(done, done);
    }
    return abortable(this.#pending, signal);
  }

  /**
   * The URL for a path on the relay, with this page's token.
   *
   * @param path begins with a slash, as in relay-api.ts
   */
  urlFor(path: string, query: Readonly<Record<string, string>> = {}): URL {
    const url = new URL(`.${path}`, this.base);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    if (this.token !== null) url.searchParams.set(RELAY_TOKEN_PARAM, this.token);
    return url;
  }

  /** The URL for the server-sent events about pulling a ticket. */
  pullEventsUrl(ticket: string): URL {
    return this.urlFor(RELAY_PULL_EVENTS, { name: ticket });
  }

  /**
   * Measures the round-trip time of a small request, in milliseconds. Rejects if the relay does not respond.
   */
  async roundTripMs(signal: AbortSignal): Promise<number> {
    const sentMs = performance.now();
    await fetch(new URL(`.${RELAY_HEALTH}`, this.base), {
      signal,
      cache: 'no-store',
      credentials: 'omit',
      method: 'HEAD',
    });
    return performance.now() - sentMs;
  }

  async #requestInfo(): Promise<RelayInfo> {
    // The schemas are imported on demand, in parallel with the request, because the landing page can be shown
    // without them.
    const schemas = import('../../common/relay/relay-schemas.ts');
    // If the request fails first, a failed schema download must not become an unhandled rejection.
    schemas.catch(() => undefined);
    let response: Response;
    try {
      response = await fetch(this.urlFor(RELAY_INFO), {
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch (error) {
      // The browser's own error messages do not help the user.
      throw new Error('The relay is not responding.', { cause: error });
    }
    if (response.status === 401 || response.status === 403) {
      const refusal = response.headers.get(RELAY_REFUSAL_HEADER) === 'expired' ? 'expired' : 'token';
      this.#refusal.set(refusal);
      throw new RelayRefusedError(refusal);
    }
    if (!response.ok) throw new Error(`The relay returned an error (${response.status}).`);
    const { relayInfoSchema } = await schemas;
    const parsed = relayInfoSchema.safeParse(await response.json());
    if (!parsed.success) throw new Error('This page does not understand the relay’s response.');
    this.#fetchedAtMs = performance.now();
    this.#info.set(parsed.data);
    this.#refusal.set(null);
    return parsed.data;
  }
}
