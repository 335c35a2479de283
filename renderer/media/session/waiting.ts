/** Waits that end early. AbortSignal.any would do for the first, but is younger than the oldest Electron tested. */

export interface JoinedSignal {
  signal: AbortSignal;
  /** Stops listening to the others. */
  dispose(): void;
}

/** Aborted when the first of these is, with its reason. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): JoinedSignal {
  const controller = new AbortController();
  const listeners: (() => void)[] = [];
  const dispose = () => {
    for (const stop of listeners.splice(0)) stop();
  };
  for (const signal of signals) {
    if (!signal) continue;
    const abort = () => {
      controller.abort(signal.reason);
      dispose();
    };
    if (signal.aborted) {
      abort();
      break;
    }
    signal.addEventListener('abort', abort);
    listeners.push(() => signal.removeEventListener('abort', abort));
  }
  return { signal: controller.signal, dispose };
}

/** Resolves after `ms`, or as soon as the signal is aborted. Never rejects. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** Settles as `work` does, or rejects with the signal's reason, whichever is first. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
