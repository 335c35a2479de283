import type { Settings } from '../../../common/bridge/bridge.ts';

/** A slider sends dozens of changes a second; main writes its file for each that it gets. */
const GATHER_MS = 150;

/** Sends changes of the settings to main, gathered and one at a time, and knows what is still on its way. */
export class SettingsSaver {
  readonly #save: (patch: Partial<Settings>) => Promise<unknown>;
  readonly #onFailure: (error: unknown) => void;
  #waiting: Partial<Settings> = {};
  #sending: Partial<Settings> = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;

  /** `onFailure` hears of a change that main refused; it is then no longer on its way. */
  constructor(save: (patch: Partial<Settings>) => Promise<unknown>, onFailure: (error: unknown) => void) {
    this.#save = save;
    this.#onFailure = onFailure;
  }

  /** Settings as the person has them, whatever older state main still tells. */
  applyTo(settings: Settings): Settings {
    return { ...settings, ...this.#sending, ...this.#waiting };
  }

  change(patch: Partial<Settings>): void {
    this.#waiting = { ...this.#waiting, ...patch };
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Sends at once what waits. */
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
