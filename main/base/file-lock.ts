import { open, readFile, rm, stat } from 'node:fs/promises';
import { sleep } from '../../common/base/sleep.ts';

/**
 * A lock between processes: a file that is created exclusively and contains its owner's process id. If the owner has
 * crashed, that process no longer exists, and the next waiting process removes the file.
 */

/** How often a waiting process retries, in milliseconds. */
const POLL_MS = 25;
/**
 * Age at which an empty lock file counts as left behind by a crash, in milliseconds. A live owner writes its process
 * id immediately after creating the file.
 */
const EMPTY_MS = 2_000;

/** State of a lock file: owned by a process, newly created and still empty, missing, or left behind by a crash. */
type LockState = { kind: 'owned'; pid: number } | { kind: 'new' | 'missing' | 'crashed' };

/**
 * Runs `work` while this process owns the lock at `path`.
 *
 * @throws Error if another process still owns the lock after `timeoutMs`
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, timeoutMs: number): Promise<T> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!(await tryAcquire(path))) {
    const state = await readState(path);
    if (state.kind === 'missing') continue;
    if (state.kind === 'crashed') {
      await removeCrashed(path);
      continue;
    }
    if (Date.now() > deadlineMs) {
      const owner = state.kind === 'owned' ? ` (${state.pid})` : '';
      throw new Error(`Another process${owner} has owned the lock ${path} for too long`);
    }
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryAcquire(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(String(process.pid));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    const code = codeOf(error);
    // Windows reports EPERM while another process still has the removed file open.
    if (code === 'EEXIST' || (process.platform === 'win32' && code === 'EPERM')) return false;
    throw error;
  }
}

async function readState(path: string): Promise<LockState> {
  try {
    const pid = Number(await readFile(path, 'utf8'));
    if (pid > 0) return isRunning(pid) ? { kind: 'owned', pid } : { kind: 'crashed' };
    return { kind: Date.now() - (await stat(path)).mtimeMs > EMPTY_MS ? 'crashed' : 'new' };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process exists but belongs to another user.
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Removes the lock file of a crashed process. A second lock ensures that only one waiting process does this at a
 * time. While the second lock exists, no other process can remove or recreate the first lock file, so the file that
 * was checked is the file that is removed.
 */
async function removeCrashed(path: string): Promise<void> {
  const guard = `${path}.away`;
  if (!(await tryAcquire(guard))) {
    const { mtimeMs } = await stat(guard).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > EMPTY_MS) await rm(guard, { force: true });
    await sleep(POLL_MS);
    return;
  }
  try {
    if ((await readState(path)).kind === 'crashed') await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
