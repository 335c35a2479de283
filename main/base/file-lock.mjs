import { open, readFile, rm, stat } from 'node:fs/promises';

/**
 * A lock between processes: a file that is created exclusively and contains its owner's process id. If the
 * owner has crashed, the next waiting process removes the file.
 *
 * Plain JavaScript, because the scripts import it before anything is installed or built.
 */

/** How often a waiting process retries, in milliseconds. */
const POLL_MS = 25;
/**
 * Age at which an empty lock file counts as left behind by a crash, in milliseconds. A live owner writes its process
 * id immediately after creating the file.
 */
const EMPTY_MS = 2_000;

/**
 * Runs `work` while this process owns the lock at `path`.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {{ timeoutMs: number, onWait?: (pid: number) => void }} options `onWait` is called once if another process
 *   owns the lock
 * @returns {Promise<T>} rejects if another process still owns the lock after `timeoutMs`
 */
export async function withFileLock(path, work, { timeoutMs, onWait }) {
  const deadlineMs = Date.now() + timeoutMs;
  let waited = false;
  while (!(await tryAcquire(path))) {
    const owner = await readOwner(path);
    if (owner === 'missing') continue;
    if (owner === 'crashed') {
      await removeCrashed(path);
      continue;
    }
    if (Date.now() > deadlineMs) {
      const name = owner === 'new' ? '' : ` (${owner})`;
      throw new Error(`Another process${name} has owned the lock ${path} for too long`);
    }
    if (!waited && owner !== 'new') {
      waited = true;
      onWait?.(owner);
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** @param {string} path */
async function tryAcquire(path) {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(String(process.pid));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    // Windows reports EPERM while another process still has the removed file open.
    if (error.code === 'EEXIST' || (process.platform === 'win32' && error.code === 'EPERM')) return false;
    throw error;
  }
}

/**
 * Returns the owner of a lock: its process id, `new` if the file is still empty, `missing` if there is no lock, or
 * `crashed`.
 *
 * @param {string} path
 * @returns {Promise<number | 'new' | 'missing' | 'crashed'>}
 */
async function readOwner(path) {
  try {
    const pid = Number(await readFile(path, 'utf8'));
    if (pid > 0) return isRunning(pid) ? pid : 'crashed';
    return Date.now() - (await stat(path)).mtimeMs > EMPTY_MS ? 'crashed' : 'new';
  } catch (error) {
    if (error.code === 'ENOENT') return 'missing';
    throw error;
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process exists but belongs to another user.
    return error.code === 'EPERM';
  }
}

/**
 * Removes the lock file of a crashed process. A second lock keeps other processes from recreating the file
 * between the check and the removal.
 *
 * @param {string} path
 */
async function removeCrashed(path) {
  const guard = `${path}.away`;
  if (!(await tryAcquire(guard))) {
    const { mtimeMs } = await stat(guard).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > EMPTY_MS) await rm(guard, { force: true });
    await new Promise((done) => setTimeout(done, POLL_MS));
    return;
  }
  try {
    if ((await readOwner(path)) === 'crashed') await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}
