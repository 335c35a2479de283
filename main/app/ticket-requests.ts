import { randomUUID } from 'node:crypto';
import { type Readable, Store } from '../../common/base/store.ts';
import type { OutsideOrigin, TicketRequest } from '../../common/bridge/bridge.ts';

/**
 * The tickets from outside the window that the user has not decided about. Links can arrive at any rate. One
 * ticket is shown, and a new ticket never replaces it, because the user may be about to click a button. Of
 * the other tickets, only the newest waits to be shown next.
 */
export class TicketRequests {
  readonly #shown = new Store<TicketRequest | null>(null);
  #next: TicketRequest | null = null;

  /** The request to show; null if there is none. */
  get shown(): Readable<TicketRequest | null> {
    return this.#shown;
  }

  /** Adds a ticket in its normal form. Has no effect if the same ticket is already shown. */
  add(ticket: string, origin: OutsideOrigin): void {
    const shown = this.#shown.get();
    if (shown?.ticket === ticket) return;
    const request = { id: randomUUID(), ticket, origin };
    if (shown === null) this.#shown.set(request);
    else this.#next = request;
  }

  /**
   * Removes the shown request because the user has confirmed it, and shows the waiting one.
   *
   * @throws Error with a message for the user if the shown request has a different id
   */
  take(id: string): TicketRequest {
    const shown = this.#shown.get();
    if (shown?.id !== id) throw new Error('This ticket is no longer waiting for an answer.');
    this.#showNext();
    return shown;
  }

  /**
   * Removes the shown request and shows the waiting one. Does nothing if the shown request has a different
   * id.
   */
  discard(id: string): void {
    if (this.#shown.get()?.id === id) this.#showNext();
  }

  #showNext(): void {
    const next = this.#next;
    this.#next = null;
    this.#shown.set(next);
  }
}
