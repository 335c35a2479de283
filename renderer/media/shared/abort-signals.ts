/** An AbortSignal that aborts as soon as one of several other signals does. */
interface CombinedSignal {
  signal: AbortSignal;
  /** Stops listening to the original signals. */
  dispose(): void;
}

/**
 * Returns a signal that aborts with the first of `signals`, for the same reason. Replaces AbortSignal.any,
 * which the oldest tested Electron version lacks.
 */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): CombinedSignal {
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

/**
 * Settles like `work` unless the signal aborts first.
 *
 * @throws the signal's reason
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
