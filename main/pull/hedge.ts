/**
 * While a lost peer is sought a new attempt starts this often, in milliseconds, beside those that still wait: one that
 * began before the network came back repeats itself ever more rarely.
 */
export const HEDGE_EVERY_MS = 700;

/**
 * Starts an attempt, and another one every `everyMs` beside it; the first success wins and the others are aborted.
 * When the first attempt fails the whole does, with its error: so it lasts no longer than one attempt, and what fails
 * at once is not tried again and again.
 *
 * @param discard Takes what an attempt came up with too late.
 */
export function firstOf<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  { everyMs, signal, discard }: { everyMs: number; signal: AbortSignal; discard: (late: T) => void },
): Promise<T> {
  const others = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let over = false;
  const finish = (settle: () => void) => {
    over = true;
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
    settle();
    others.abort();
  };
  const start = (isFirst: boolean) => {
    attempt(others.signal).then(
      (value) => {
        if (over) discard(value);
        else finish(() => resolve(value));
      },
      (error: unknown) => {
        if (isFirst && !over) finish(() => reject(error));
      },
    );
  };
  const onAbort = () => finish(() => reject(signal.reason));
  const timer = setInterval(() => start(false), everyMs);
  if (signal.aborted) onAbort();
  else {
    signal.addEventListener('abort', onAbort, { once: true });
    start(true);
  }
  return promise;
}
