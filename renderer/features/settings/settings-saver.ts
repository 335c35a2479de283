import type { Settings } from '../../../common/bridge/bridge.ts';

/**
 * Batching interval in milliseconds. A slider changes dozens of times per second, and main rewrites the
 * settings file for each change that it receives.
 */
const DEBOUNCE_MS = 150;

/** Batches settings changes, sends one batch at a time to main, and tracks unsaved changes. */
export class SettingsSaver {
  readonly #save: (patch: Partial<Settings>) => Promise<unknown>;
  readonly #onFailure: (error: unknown) => void;
  #waiting: Partial<Settings> = {};
  #sending: Partial<Settings> = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;

  /** `onFailure` runs when main rejects a batch. The batch is then discarded. */
  constructor(save: (patch: Partial<Settings>) => Promise<unknown>, onFailure: (error: unknown) => void) {
    this.#save = save;
    this.#onFailure = onFailure;
  }

  /** The settings, including unsaved changes. */
  applyTo(settings: Settings): Settings {
    return { ...settings, ...this.#sending, ...this.#waiting };
  }

  change(patch: Partial<Settings>): void {
    this.#waiting = { ...this.#waiting, ...patch };
    this.#timer ??= setTimeout(() => this.flush(), DEBOUNCE_MS);
  }

  /** Sends the pending changes immediately. */
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
