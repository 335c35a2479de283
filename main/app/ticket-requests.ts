import { randomUUID } from 'node:crypto';
import { type Readable, Store } from '../../common/base/store.ts';
import type { OutsideOrigin, TicketRequest } from '../../common/bridge/bridge.ts';
import { TokenBucket } from '../base/token-bucket.ts';

/** Limits on how often tickets are shown. */
export interface TicketRequestLimits {
  /** Number of tickets that can be shown in quick succession, such as links that the user opens one after another. */
  burst: number;
  /** After a burst, one more ticket can be shown each time this many milliseconds have passed. */
  intervalMs: number;
}

const LIMITS: TicketRequestLimits = { burst: 5, intervalMs: 10_000 };

/**
 * Tickets that arrived from outside the window and await the user's decision. A new ticket never replaces the
 * one on screen, because the user may be about to click a button. Only the newest ticket is queued. Its delay
 * grows with the number of links that arrive, so a web page cannot keep prompting the user. A ticket that the
 * user drags into the window is not delayed.
 */
export class TicketRequests {
  readonly #shown = new Store<TicketRequest | null>(null);
  readonly #bucket: TokenBucket;
  readonly #intervalMs: number;
  #next: TicketRequest | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ burst, intervalMs }: TicketRequestLimits = LIMITS) {
    this.#intervalMs = intervalMs;
    this.#bucket = new TokenBucket(burst, 1_000 / intervalMs);
  }

  /** The request to show; null if there is none. */
  get shown(): Readable<TicketRequest | null> {
    return this.#shown;
  }

  /** Adds a ticket in its normal form. Has no effect if the same ticket is already shown. */
  add(ticket: string, origin: OutsideOrigin): void {
    const shown = this.#shown.get();
    if (shown?.ticket === ticket) return;
    this.#next = { id: randomUUID(), ticket, origin };
    if (shown === null) this.#showNext();
  }

  /**
   * Opens the request that the user has confirmed, then shows the next one. If `open` throws, the request
   * stays, so that the user can try again.
   *
   * @throws Error with a message for the user if the shown request has a different id
   * @throws the error that `open` throws
   */
  confirm(id: string, open: (request: TicketRequest) => void): void {
    const shown = this.#shown.get();
    if (shown?.id !== id) throw new Error('This ticket is no longer waiting for an answer.');
    open(shown);
    this.discard(id);
  }

  /**
   * Removes the shown request and shows the waiting one. Does nothing if the shown request has a different
   * id.
   */
  discard(id: string): void {
    if (this.#shown.get()?.id !== id) return;
    this.#shown.set(null);
    this.#showNext();
  }

  /** Discards the waiting request. The shown request stays. */
  close(): void {
    clearTimeout(this.#timer);
    this.#next = null;
  }

  #showNext(): void {
    clearTimeout(this.#timer);
    const next = this.#next;
    if (next === null || this.#shown.get() !== null) return;
    if (next.origin !== 'drop' && !this.#bucket.tryTake()) {
      this.#timer = setTimeout(() => this.#showNext(), this.#intervalMs);
      return;
    }
    this.#next = null;
    this.#shown.set(next);
  }
}
