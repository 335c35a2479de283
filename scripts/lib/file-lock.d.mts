/** Runs `work` while this process owns the lock at `path`. Removes the lock if its owner has crashed. */
export function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { timeoutMs: number; onWait?: (pid: number) => void },
): Promise<T>;
