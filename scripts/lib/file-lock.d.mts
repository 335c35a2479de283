/** Runs `work` while holding the lock at `path`; one that a crash left behind is taken away. */
export function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { timeoutMs: number; onWait?: (pid: number) => void },
): Promise<T>;
