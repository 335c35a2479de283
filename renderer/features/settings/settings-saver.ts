import type { Settings } from '../../../common/bridge/bridge.ts';

/** A slider makes dozens of changes per second, and main writes its file for each change that it receives. */
const DEBOUNCE_MS = 150;

/** Batches changes of the settings, sends one batch at a time to main, and keeps track of unsaved changes. */
export class SettingsSaver {
  readonly #save: (patch: Partial<Settings>) => Promise<unknown>;
  readonly #onFailure: (error: unknown) => void;
  #waiting: Partial<Settings> = {};
  #sending: Partial<Settings> = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;

  /** `onFailure` runs when main refuses a batch, which is then discarded. */
  constructor(save: (patch: Partial<Settings>) => Promise<unknown>, onFailure: (error: unknown) => void) {
    this.#save = save;
    this.#onFailure = onFailure;
  }

  /** The settings with the unsaved changes applied. */
  applyTo(settings: Settings): Settings {
    return { ...settings, ...this.#sending, ...this.#waiting };
  }

  change(patch: Partial<Settings>): void {
    this.#waiting = { ...this.#waiting, ...patch };
    this.#timer ??= setTimeout(() => this.flush(), DEBOUNCE_MS);
  }

  /** Sends the waiting changes at once. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#busy || Object.keys(this.#waiting).length === 0) return;
    this.#sending = this.#waiting;
    this.#waiting = {};
    this.#busy = true;
    this.#save(this.#sending)
      .finally(() => {
        this.#busy = false;
        this.#sending = {};
        this.flush();
      })
      .catch(this.#onFailure);
  }
}
