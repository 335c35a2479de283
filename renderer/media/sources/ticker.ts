/**
 * A timer that goes on at its full rate in a hidden window, where the window's own timers are slowed to one a second:
 * it ticks in a worker. Where a worker cannot be had, it falls back to the window's timers.
 */
export function startTicker(everyMs: number, tick: () => void): () => void {
  const url = URL.createObjectURL(
    new Blob([`setInterval(() => postMessage(0), ${everyMs});`], { type: 'text/javascript' }),
  );
  let fallback: ReturnType<typeof setInterval> | undefined;
  let stopped = false;
  const fallBack = () => {
    if (!stopped) fallback ??= setInterval(tick, everyMs);
  };
  const worker = openWorker(url, fallBack);
  if (worker) worker.onmessage = () => tick();
  return () => {
    stopped = true;
    worker?.terminate();
    clearInterval(fallback);
    URL.revokeObjectURL(url);
  };
}

/** A content security policy without `worker-src blob:` makes the worker fail, at once or later. */
function openWorker(url: string, onFailure: () => void): Worker | undefined {
  try {
    const worker = new Worker(url);
    worker.onerror = onFailure;
    return worker;
  } catch {
    onFailure();
    return undefined;
  }
}
