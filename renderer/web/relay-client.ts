import { type Readable, Store } from '../../common/base/store.ts';
import {
  RELAY_HEALTH,
  RELAY_INFO,
  RELAY_PULL_EVENTS,
  RELAY_TOKEN_PARAM,
  type RelayInfo,
  relayInfoSchema,
} from '../../common/relay/relay-api.ts';
import { abortable } from '../media/shared/abort-signals.ts';

/** What was asked for a moment ago needs no asking again, in milliseconds. */
const FRESH_MS = 5_000;
/** A relay that takes longer than this to say what it is does not answer, in milliseconds: below a session's own 10 s. */
const ANSWER_MS = 8_000;

/** The relay that served this page, as its addresses tell of it. */
export class RelayClient {
  /** The relay's origin, with `/` as its path. */
  readonly base: URL;
  readonly #token = new Store<string | null>(null);
  readonly #info = new Store<RelayInfo | null>(null);
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<RelayInfo> | undefined;

  constructor(page: URL = new URL(location.href)) {
    this.base = new URL('/', page);
    this.#token.set(page.searchParams.get(RELAY_TOKEN_PARAM) || null);
  }

  /** What the relay said last; null before it said anything. */
  get info(): Readable<RelayInfo | null> {
    return this.#info;
  }

  get token(): Readable<string | null> {
    return this.#token;
  }

  /** Another token from now on, or none. */
  setToken(token: string | null): void {
    this.#token.set(token === '' ? null : token);
    this.#askedAtMs = Number.NEGATIVE_INFINITY;
    this.#asking = undefined;
  }

  /**
   * Asks what the relay is and allows, unless it said so a moment ago: a relay that was started again has another
   * certificate. Rejects with words fit to show, or with the signal's reason: who leaves does not take the answer away
   * from others who wait for it.
   */
  ask(signal: AbortSignal): Promise<RelayInfo> {
    const known = this.#info.get();
    if (known && performance.now() - this.#askedAtMs < FRESH_MS) return Promise.resolve(known);
    const asking = this.#asking ?? this.#ask();
    if (asking !== this.#asking) {
      this.#asking = asking;
      const forget = () => {
        // Another token may have made another question of it.
        if (this.#asking === asking) this.#asking = undefined;
      };
      asking.then(forget, forget);
    }
    return abortable(asking, signal);
  }

  /** Where one of the relay's addresses is, with the token that this page was given. */
  address(path: string, query: Readonly<Record<string, string>> = {}): URL {
    const url = new URL(path, this.base);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const token = this.#token.get();
    if (token !== null) url.searchParams.set(RELAY_TOKEN_PARAM, token);
    return url;
  }

  /** Where news of a ticket's pull come from. */
  pullEvents(ticket: string): URL {
    return this.address(RELAY_PULL_EVENTS, { name: ticket });
  }

  /** The time of one small request and its answer, in milliseconds. Rejects when there is none. */
  async roundTripMs(signal: AbortSignal): Promise<number> {
    const sentMs = performance.now();
    await fetch(new URL(RELAY_HEALTH, this.base), {
      signal,
      cache: 'no-store',
      credentials: 'omit',
      method: 'HEAD',
    });
    return performance.now() - sentMs;
  }

  async #ask(): Promise<RelayInfo> {
    const token = this.#token.get();
    let response: Response;
    try {
      response = await fetch(this.address(RELAY_INFO), {
        signal: AbortSignal.timeout(ANSWER_MS),
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch (error) {
      // What the browser says of it tells a person nothing.
      throw new Error('The relay does not answer.', { cause: error });
    }
    if (response.status === 401 || response.status === 403) {
      throw new Error('The relay does not accept this token.');
    }
    if (!response.ok) throw new Error(`The relay answered with an error (${response.status}).`);
    const parsed = relayInfoSchema.safeParse(await response.json());
    if (!parsed.success) throw new Error('The relay gave an answer that this page does not understand.');
    // Of an older token, that answer says nothing any more.
    if (token === this.#token.get()) {
      this.#askedAtMs = performance.now();
      this.#info.set(parsed.data);
    }
    return parsed.data;
  }
}
