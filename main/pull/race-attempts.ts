/**
 * Interval between the starts of parallel attempts to redial a lost peer, in ms. An attempt that began before
 * the network returned may be slow, because it retransmits at ever longer intervals, so a new attempt often
 * succeeds sooner.
 */
export const HEDGE_INTERVAL_MS = 700;

/**
 * Starts an attempt, and another one in parallel every `everyMs` (hedged requests). The first success wins
 * and aborts the other attempts. If the first attempt fails, the race ends with its error, so the race lasts
 * no longer than one attempt.
 *
 * @param options.discard disposes of the result of an attempt that succeeds after the race has ended
 * @throws the first attempt's error, or the signal's reason
 */
export function raceAttempts<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  { everyMs, signal, discard }: { everyMs: number; signal: AbortSignal; discard: (late: T) => void },
): Promise<T> {
  const losers = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let finished = false;
  const finish = (settle: () => void) => {
    finished = true;
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
    settle();
    losers.abort();
  };
  const start = (isFirst: boolean) => {
    attempt(losers.signal).then(
      (value) => {
        if (finished) discard(value);
        else finish(() => resolve(value));
      },
      (error: unknown) => {
        if (isFirst && !finished) finish(() => reject(error));
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
