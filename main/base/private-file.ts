import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { chmod, link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../common/base/errors.ts';
import { makeFolder } from './data-folder.ts';
import { errorCode } from './error-code.ts';
import { log } from './log.ts';

/**
 * Files in the data folder, which only their owner can read. Each file is written under another name, flushed
 * to disk and renamed. If that fails halfway, for example because the power fails, the previous version
 * remains.
 */

/** Permissions of a file that only its owner can read and write. */
const OWNER_ONLY = 0o600;
const GROUP_AND_OTHERS = 0o077;
const OTHERS_READ = 0o004;
const GROUP_AND_OTHERS_WRITE = 0o022;

/**
 * Replaces a file in a single step. Creates the folder if it does not exist.
 *
 * @throws Error if the file cannot be written; the previous version is then unchanged
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  makeFolder(dirname(path));
  const draft = draftOf(path);
  try {
    await writeNew(draft, text);
    await rename(draft, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Like `writePrivateFile`, for code that runs while the process ends. The folder must exist.
 *
 * @throws Error if the file cannot be written; the previous version is then unchanged
 */
export function writePrivateFileSync(path: string, text: string): void {
  const draft = draftOf(path);
  try {
    const file = openSync(draft, 'wx', OWNER_ONLY);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Creates a file in a single step, unless it exists. Creates the folder if it does not exist.
 *
 * @throws Error if the file cannot be written
 */
export async function createPrivateFile(path: string, text: string): Promise<void> {
  const draft = draftOf(path);
  try {
    makeFolder(dirname(path));
    try {
      await writeNew(draft, text);
      // Creating a hard link never replaces a file, and the file is complete as soon as its name exists.
      await link(draft, path);
    } catch (error) {
      if (!lacksHardLinks(error)) throw error;
      await writeNew(path, text);
    }
    await syncFolder(dirname(path));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes other users' access to a file that belongs to this program, and logs a warning if there was any.
 *
 * @param what how the log message refers to the file, such as "the secret key"
 * @throws Error if there is no such file
 */
export async function restrictToOwner(path: string, what: string): Promise<void> {
  if (process.platform === 'win32') return;
  if (((await stat(path)).mode & GROUP_AND_OTHERS) === 0) return;
  try {
    await chmod(path, OWNER_ONLY);
    log.warn(`${what} ${path} was readable by other users; now only its owner can read it`);
  } catch (error) {
    log.warn(`${what} ${path} is readable by other users, and chmod failed: ${messageOf(error)}`);
  }
}

/**
 * Logs a warning, once, if other users can read a secret that the user manages, such as a signing key. The
 * permissions stay as they are, because another program may need them.
 *
 * @param what how the log message refers to the file, such as "the signing key"
 */
export async function warnIfReadable(path: string, what: string): Promise<void> {
  await warnAbout(
    path,
    OTHERS_READ,
    `${what} ${path} is readable by every user of this machine; run: chmod 600 ${path}`,
  );
}

/**
 * Logs a warning if other users can change a file that controls this program.
 *
 * @param what how the log message refers to the file, such as "the configuration file"
 */
export async function warnIfWritable(path: string, what: string): Promise<void> {
  await warnAbout(
    path,
    GROUP_AND_OTHERS_WRITE,
    `${what} ${path} can be changed by other users; run: chmod go-w ${path}`,
  );
}

/**
 * Removes other users' access to the file that stdout is redirected to, before a secret is written to it.
 * Shells create such files readable by everyone. Has no effect if stdout is not a file.
 */
export function restrictStdout(): void {
  try {
    const { fd } = process.stdout;
    const stats = fstatSync(fd);
    if (stats.isFile() && (stats.mode & GROUP_AND_OTHERS) !== 0) fchmodSync(fd, OWNER_ONLY);
  } catch (error) {
    log.warn(`the output may be readable by other users: ${messageOf(error)}`);
  }
}

/** The warnings that have been logged and still apply. Files are checked repeatedly, but each warning is logged once. */
const warned = new Set<string>();

async function warnAbout(path: string, mode: number, message: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const stats = await stat(path);
    const applies = stats.isFile() && (stats.mode & mode) !== 0;
    if (applies && !warned.has(message)) log.warn(message);
    if (applies) warned.add(message);
    else warned.delete(message);
  } catch (error) {
    log.debug(`cannot check the permissions of ${path}: ${messageOf(error)}`);
  }
}

/** Returns a name that no other process or write is using. */
function draftOf(path: string): string {
  return `${path}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Flushes a file's new name to disk by syncing its folder. Not every system supports this. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    log.debug(`cannot sync the folder ${path}: ${messageOf(error)}`);
  }
}

function lacksHardLinks(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error) ?? '');
}
