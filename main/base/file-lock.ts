import { open, readFile, rm, stat } from 'node:fs/promises';
import { sleep } from '../../common/base/sleep.ts';

/**
 * A lock between processes: a file that is created exclusively and contains the process id of its owner. If the owner
 * has crashed, its process id no longer exists, and the next waiting process removes the file.
 */

/** How often a waiting process tries again, in milliseconds. */
const POLL_MS = 25;
/**
 * An owner writes its id right after it has created the file. An empty file that is older than this, in milliseconds,
 * was left behind by a crash.
 */
const EMPTY_MS = 2_000;

/** State of a lock file: owned by a process, created but still empty, missing, or left behind by a crash. */
type LockState = { kind: 'owned'; pid: number } | { kind: 'new' | 'missing' | 'crashed' };

/**
 * Runs `work` while this process owns the lock at `path`.
 *
 * @throws Error if another process owns the lock for longer than `timeoutMs`
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
    // Windows reports EPERM while a removed file is still open in some process.
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
    // EPERM: the process exists and belongs to another user.
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Removes the lock of a crashed process. A second lock ensures that only one waiting process does this at a time.
 * While the second lock exists, no other process can remove or recreate the first one, so the removed file is the
 * file that was checked.
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
