/**
 * Calls `tick` every `everyMs` milliseconds and returns a function that stops the timer. The timer runs in a
 * worker if possible, because browsers slow a hidden window's own timers down to one tick a second.
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
 * Starts the worker. Calls `onFailure` if the content security policy lacks `worker-src blob:`, whether the
 * constructor throws or the worker fails later.
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
