/** Reasons to end that come from outside the program. */

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls back for each signal that asks to end, until the process does. Ctrl-C reaches a whole process group and is
 * passed on by the start script as well, so that it may come twice: the second must not cut the shutdown short.
 */
export function onSignal(callback: (signal: string) => void): void {
  for (const signal of signals) process.on(signal, callback);
}

/** How soon an orphan notices. */
const POLL_MS = 1_000;

export interface ParentWatch {
  /** Whether the start script is gone already, also before the callback has heard of it. */
  lost(): boolean;
  stop(): void;
}

/**
 * Calls back when the start script is gone, killed without a chance to pass that on. `IROH_LIVE_PARENT` holds its
 * process id; without it nothing is watched.
 */
export function watchParent(callback: () => void, env: NodeJS.ProcessEnv = process.env): ParentWatch {
  const parent = Number(env.IROH_LIVE_PARENT);
  // Not for the programs that this one starts: a browser may start another instance, which has another parent.
  delete env.IROH_LIVE_PARENT;
  if (!Number.isSafeInteger(parent) || parent <= 0) return { lost: () => false, stop: () => undefined };
  const timer = setInterval(() => {
    if (!isOrphan(parent)) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
  return { lost: () => isOrphan(parent), stop: () => clearInterval(timer) };
}

/** An orphan gets another parent; Windows leaves the number of the one that is gone. */
function isOrphan(parent: number): boolean {
  if (process.platform !== 'win32') return process.ppid !== parent;
  try {
    process.kill(parent, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}
