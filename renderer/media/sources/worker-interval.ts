/**
 * Calls `tick` every `everyMs` milliseconds and returns a function that stops it. The timer runs in a worker,
 * because browsers throttle the timers of a hidden window to one tick a second. If no worker can be started,
 * the window's own timer is used.
 */
export function startWorkerInterval(everyMs: number, tick: () => void): () => void {
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

/**
 * Starts the worker. If the content security policy lacks `worker-src blob:`, the constructor throws or the
 * worker reports an error later. `onFailure` is called in both cases.
 */
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
