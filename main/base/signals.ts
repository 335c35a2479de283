const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `callback` for every signal that asks the process to exit. Ctrl-C may arrive twice, because both the
 * terminal and the start script send it; the second signal must not interrupt the shutdown.
 *
 * @param onReload if given, called for SIGHUP instead of `callback`. By convention, SIGHUP makes a service
 *   reload its configuration
 */
export function onSignal(callback: (signal: string) => void, onReload?: () => void): void {
  for (const signal of signals) process.on(signal, signal === 'SIGHUP' && onReload ? onReload : callback);
}

/** How often the parent process is checked, in milliseconds. */
const POLL_MS = 1_000;

/** Controls the periodic check of whether the parent process is still running. */
export interface ParentWatch {
  /** Whether the parent process has ended, even if the callback has not been called yet. */
  lost(): boolean;
  stop(): void;
}

/**
 * Calls `callback` when the start script has ended, for example because it was killed. `IROH_LIVE_PARENT` is
 * its process id; if the variable is not set, nothing is watched.
 */
export function watchParent(callback: () => void, env: NodeJS.ProcessEnv = process.env): ParentWatch {
  const parent = Number(env.IROH_LIVE_PARENT);
  // Child processes must not inherit the variable: a browser may start another instance of the app, which has a
  // different parent.
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

/**
 * Whether the parent process has ended. An orphan gets a new parent process id, except on Windows, where the id does
 * not change.
 */
function isOrphan(parent: number): boolean {
  if (process.platform !== 'win32') return process.ppid !== parent;
  try {
    process.kill(parent, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}
