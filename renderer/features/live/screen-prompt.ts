import { type Readable, Store } from '../../../common/base/store.ts';

/** Prompts the user with the app's own screen picker. At most one picker is open. */
export class ScreenPrompt {
  readonly #open = new Store(false);
  #resolve: ((id: string | null) => void) | undefined;

  /** Whether the picker is open. */
  get open(): Readable<boolean> {
    return this.#open;
  }

  /**
   * Opens the picker, and dismisses a picker that is already open. Resolves to a source id, or to null if
   * dismissed.
   */
  ask(): Promise<string | null> {
    this.answer(null);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#open.set(true);
    });
  }

  /** Closes the picker with the id of the selected source, or with null to dismiss it. */
  answer(id: string | null): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#open.set(false);
    resolve?.(id);
  }
}
