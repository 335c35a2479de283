/** Runs `work` while this process owns the lock at `path`. The lock of a crashed process is removed. */
export function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { timeoutMs: number; onWait?: (pid: number) => void },
): Promise<T>;
