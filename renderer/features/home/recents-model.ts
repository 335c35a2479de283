import { type Readable, Store } from '../../../common/base/store.ts';
import type { Bridge } from '../../../common/bridge/bridge.ts';
import type { Toasts } from '../shared/toasts.ts';

/**
 * The list of tickets watched lately, as the window changes it. A removal is only hidden while it can be undone;
 * main hears of it when its toast goes, so undoing keeps the entry's place and time.
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

  /** Tickets that are on their way out. */
  get hidden(): Readable<ReadonlySet<string>> {
    return this.#hidden;
  }

  markWatched(ticket: string): void {
    this.#show(ticket);
    this.#attempt(this.#bridge.request('recents.touch', { ticket }), 'The ticket was not remembered');
  }

  rename(ticket: string, label: string): void {
    this.#attempt(this.#bridge.request('recents.rename', { ticket, label }), 'The name was not saved');
  }

  remove(ticket: string, label: string): void {
    this.#hidden.update((set) => new Set([...set, ticket]));
    const shown = label.length > 40 ? `${label.slice(0, 39)}…` : label;
    this.#toasts.show(`“${shown}” was removed.`, {
      action: { label: 'Undo', run: () => this.#show(ticket) },
      onGone: () => this.#send(ticket),
    });
  }

  /** Sends removals that still could be undone, before the window goes. */
  flush(): void {
    for (const ticket of this.#hidden.get()) this.#send(ticket);
  }

  /** A ticket that was watched again meanwhile is no longer hidden and stays. */
  #send(ticket: string): void {
    if (!this.#hidden.get().has(ticket)) return;
    const removal = this.#bridge.request('recents.remove', { ticket }).finally(() => this.#show(ticket));
    this.#attempt(removal, 'The ticket was not removed');
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
