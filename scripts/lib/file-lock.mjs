import { open, readFile, rm, stat } from 'node:fs/promises';

/**
 * A lock between processes: a file that is made exclusively and holds the process id of its holder. One that a
 * crash left behind is seen by its process being gone, and taken away.
 */

/** How often a waiter looks again. */
const POLL_MS = 25;
/** A holder writes its id right after making the file; an empty file older than this is a crash's. */
const EMPTY_MS = 2_000;

/**
 * Runs `work` while holding the lock at `path`.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {{ timeoutMs: number, onWait?: (pid: number) => void }} options `onWait` is called once, when another
 *   process has the lock
 * @returns {Promise<T>}
 */
export async function withFileLock(path, work, { timeoutMs, onWait }) {
  const deadlineMs = Date.now() + timeoutMs;
  let waited = false;
  while (!(await take(path))) {
    const pid = await holder(path);
    if (pid === 'gone') continue;
    if (pid === 'crashed') {
      await takeAway(path);
      continue;
    }
    if (Date.now() > deadlineMs) {
      throw new Error(`Another process (${pid}) has had the lock ${path} for too long`);
    }
    if (!waited && pid !== 'new') {
      waited = true;
      onWait?.(pid);
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
async function take(path) {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(String(process.pid));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    // Windows says EPERM while a removed file is still open somewhere.
    if (error.code === 'EEXIST' || (process.platform === 'win32' && error.code === 'EPERM')) return false;
    throw error;
  }
}

/**
 * Who has the lock.
 *
 * @param {string} path
 * @returns {Promise<number | 'new' | 'gone' | 'crashed'>}
 */
async function holder(path) {
  try {
    const pid = Number(await readFile(path, 'utf8'));
    if (pid > 0) return alive(pid) ? pid : 'crashed';
    return Date.now() - (await stat(path)).mtimeMs > EMPTY_MS ? 'crashed' : 'new';
  } catch (error) {
    if (error.code === 'ENOENT') return 'gone';
    throw error;
  }
}

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error.code === 'EPERM';
  }
}

/**
 * Takes a crashed process's lock away. One waiter at a time, by a lock for just that: while it is held nobody else
 * removes the file, and nobody makes a new one where one is, so what was seen is what is removed.
 *
 * @param {string} path
 */
async function takeAway(path) {
  const guard = `${path}.away`;
  if (!(await take(guard))) {
    const { mtimeMs } = await stat(guard).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > EMPTY_MS) await rm(guard, { force: true });
    await new Promise((done) => setTimeout(done, POLL_MS));
    return;
  }
  try {
    if ((await holder(path)) === 'crashed') await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}
