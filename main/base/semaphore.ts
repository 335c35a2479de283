import { once } from '../../common/base/once.ts';

/** Limits how many permits are in use at the same time. Further requests are queued. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(permits: number) {
    this.#free = permits;
  }

  /**
   * Waits for a permit and returns a function that releases it. Calling that function again has no effect.
   *
   * @param first whether to wait at the front of the queue
   * @throws the signal's reason if the signal is aborted first
   */
  async acquire(signal: AbortSignal, first: boolean): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal, first);
    return once(() => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    });
  }

  #wait(signal: AbortSignal, first: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const onPermit = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(onPermit), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      if (first) this.#waiting.unshift(onPermit);
      else this.#waiting.push(onPermit);
    });
  }
}
