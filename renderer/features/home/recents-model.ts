import { type Readable, Store } from '../../../common/base/store.ts';
import type { Bridge } from '../../../common/bridge/bridge.ts';
import type { Toasts } from '../shared/toasts.ts';

/**
 * Edits main's list of recently watched tickets. A removed entry is only hidden until its undo toast expires,
 * so undoing the removal keeps the entry's position and time.
 */
export class RecentsModel {
  readonly #bridge: Bridge;
  readonly #toasts: Toasts;
  readonly #attempt: (work: Promise<unknown>, what: string) => void;
  readonly #hidden = new Store<ReadonlySet<string>>(new Set());

  constructor(bridge: Bridge, toasts: Toasts, attempt: (work: Promise<unknown>, what: string) => void) {
    this.#bridge = bridge;
    this.#toasts = toasts;
    this.#attempt = attempt;
  }

  /** Tickets whose removal can still be undone. */
  get hidden(): Readable<ReadonlySet<string>> {
    return this.#hidden;
  }

  markWatched(ticket: string): void {
    this.#show(ticket);
    this.#attempt(this.#bridge.request('recents.touch', { ticket }), 'Could not save the ticket');
  }

  rename(ticket: string, label: string): void {
    this.#attempt(this.#bridge.request('recents.rename', { ticket, label }), 'Could not save the name');
  }

  remove(ticket: string, label: string): void {
    this.#hidden.update((set) => new Set([...set, ticket]));
    const shown = label.length > 40 ? `${label.slice(0, 39)}…` : label;
    this.#toasts.show(`“${shown}” was removed.`, {
      action: { label: 'Undo', run: () => this.#show(ticket) },
      onGone: () => this.#send(ticket),
    });
  }

  /** Sends pending removals to main before the window closes. */
  flush(): void {
    for (const ticket of this.#hidden.get()) this.#send(ticket);
  }

  /**
   * Removes a ticket if it is still hidden. If the ticket was watched again in the meantime, it is visible
   * and is not removed.
   */
  #send(ticket: string): void {
    if (!this.#hidden.get().has(ticket)) return;
    const removal = this.#bridge.request('recents.remove', { ticket }).finally(() => this.#show(ticket));
    this.#attempt(removal, 'Could not remove the ticket');
  }

  #show(ticket: string): void {
    this.#hidden.update((set) => {
      if (!set.has(ticket)) return set;
      const next = new Set(set);
      next.delete(ticket);
      return next;
    });
  }
}
