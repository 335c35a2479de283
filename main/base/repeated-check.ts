import { messageOf } from '../../common/base/errors.ts';
import { log } from './log.ts';

/**
 * Runs a check repeatedly until `close` is called. Checks never overlap. A failure is logged unless it
 * repeats the message of the previous one.
 */
export class RepeatedCheck {
  readonly #check: () => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #lastWarning = '';

  /** @param everyMs the interval in ms. One long timer would not be enough, because clocks jump and machines sleep */
  constructor(check: () => Promise<void>, everyMs: number) {
    this.#check = check;
    this.#timer = setInterval(() => void this.run(), everyMs);
    this.#timer.unref();
  }

  /** Checks now. If a check is already running, waits for it instead. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Stops checking. */
  close(): void {
    clearInterval(this.#timer);
  }

  async #run(): Promise<void> {
    try {
      await this.#check();
      this.#lastWarning = '';
    } catch (error) {
      if (messageOf(error) !== this.#lastWarning) log.warn(messageOf(error));
      this.#lastWarning = messageOf(error);
    }
  }
}
