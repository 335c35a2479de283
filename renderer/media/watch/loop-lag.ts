/** Interval of the timer, in milliseconds: one and a half frame intervals. */
const INTERVAL_MS = 50;
/**
 * Lags of at least this many milliseconds are not reported, because the computer was probably asleep or the
 * window hidden.
 */
const ASLEEP_MS = 5_000;

/**
 * Reports the lag of the window's event loop every 50 ms, measured with a timer. Reports nothing while the
 * window is hidden, because browsers then throttle timers.
 *
 * @returns a function that stops the timer
 */
export function observeLoopLag(report: (lagMs: number, nowMs: number) => void): () => void {
  let lastMs = performance.now();
  let wasHidden = document.hidden;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const lagMs = Math.max(0, nowMs - lastMs - INTERVAL_MS);
    if (!document.hidden && !wasHidden && lagMs < ASLEEP_MS) report(lagMs, nowMs);
    lastMs = nowMs;
    wasHidden = document.hidden;
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}
