/** Options for `withinTime`. */
export interface TimeLimit<T> {
  /** Maximum time to wait, in ms. */
  timeoutMs: number;
  /** Returns the error after the timeout. Default: an Error that says "no answer in time". */
  timeoutError?: () => Error;
  /** Ends the wait when it is aborted. */
  signal?: AbortSignal;
  /**
   * Releases a result that arrives after the wait has ended. Errors that this function throws are ignored, and
   * so are errors of the work itself after the wait has ended.
   */
  discard?: (late: T) => unknown;
}

/**
 * Waits for `work`, but no longer than `timeoutMs`. Does not stop the work itself.
 *
 * @throws the error of `work`, the timeout's error, or the signal's reason
 */
export async function withinTime<T>(work: Promise<T>, limit: TimeLimit<T>): Promise<T> {
  const { timeoutMs, timeoutError = () => new Error('no answer in time'), signal, discard } = limit;
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (error: unknown) => {
    reject(error);
    work.then(discard).catch(() => undefined);
  };
  const abort = () => end(signal?.reason);
  const timer = setTimeout(() => end(timeoutError()), timeoutMs);
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
