import { type Readable, Store } from '../../../common/base/store.ts';

/** Prompts the user with the app's own screen picker. Only one picker can be open at a time. */
export class ScreenPrompt {
  readonly #open = new Store(false);
  #resolve: ((id: string | null) => void) | undefined;

  /** Whether the picker is open. */
  get open(): Readable<boolean> {
    return this.#open;
  }

  /**
   * Opens the picker, and dismisses one that is already open. Resolves to the id of the chosen source, or to
   * null if the picker is dismissed.
   */
  ask(): Promise<string | null> {
    this.answer(null);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#open.set(true);
    });
  }

  /** Closes the picker with the chosen source's id, or dismisses it with null. */
  answer(id: string | null): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#open.set(false);
    resolve?.(id);
  }
}
