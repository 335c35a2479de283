/** Types of `file-lock.mjs`, which documents the function. */
export function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { timeoutMs: number; onWait?: (pid: number) => void },
): Promise<T>;
