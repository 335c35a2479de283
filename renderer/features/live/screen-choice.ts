import { type Readable, Store } from '../../../common/base/store.ts';

/** The app's own screen picker, asked and answered: at most one is open. */
export class ScreenChoice {
  readonly #open = new Store(false);
  #answer: ((id: string | null) => void) | undefined;

  /** Whether the picker is to be shown. */
  get open(): Readable<boolean> {
    return this.#open;
  }

  /** Opens the picker, in place of one that is open. Resolves to the choice, or to null when it was closed without. */
  ask(): Promise<string | null> {
    this.answer(null);
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#open.set(true);
    });
  }

  /** Closes the picker with a choice, or without one. */
  answer(id: string | null): void {
    const answer = this.#answer;
    this.#answer = undefined;
    this.#open.set(false);
    answer?.(id);
  }
}
