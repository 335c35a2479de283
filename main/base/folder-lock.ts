import { createHash } from 'node:crypto';
import { chmodSync, lstatSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '../../common/base/errors.ts';
import { makeFolder } from './data-folder.ts';
import { errorCode } from './error-code.ts';
import { withFileLock } from './file-lock.mjs';
import { listenAtPath } from './listen-at-path.ts';
import { log } from './log.ts';

/**
 * A lock that lets only one process use a folder. The lock is a socket in the folder, through which other
 * processes can also ask for the owner's state. Unlike a file with a process id, a socket works between
 * containers, where every process may have the id 1.
 */
export interface FolderLock {
  close(): Promise<void>;
}

/** How long to wait for the owner's answer, in ms. It normally answers immediately, but it may be busy. */
const ANSWER_MS = 5_000;
const MAX_ANSWER_CHARS = 16 * 1024;
/** Maximum length of a socket's path, in bytes. macOS allows 103 and Linux 107. */
const MAX_PATH_BYTES = 100;
/** Age at which a guard file counts as left behind by a crash, in ms. Claiming a lock takes a few milliseconds. */
const CLAIM_MS = 30_000;

/**
 * Locks a folder, which must exist.
 *
 * @param state returns the JSON value that `askOwner` receives
 * @returns null if another process uses the folder
 * @throws Error if no socket can be opened
 */
export async function lockFolder(folder: string, state: () => unknown): Promise<FolderLock | null> {
  try {
    return await lockAt(fitsIn(folder) ? socketIn(folder) : privateSocket(folder), state);
  } catch (error) {
    if (!NO_SOCKETS.has(errorCode(error))) throw error;
    log.debug(`no socket in ${folder}: ${messageOf(error)}`);
    return lockAt(privateSocket(folder), state);
  }
}

/** Error codes of file systems that have no sockets, such as some network file systems. */
const NO_SOCKETS: ReadonlySet<unknown> = new Set(['EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EPERM', 'EINVAL']);

/** Asks the process that has locked a folder for its state. Returns undefined if no process has locked it. */
export async function askOwner(folder: string): Promise<unknown> {
  const inside = fitsIn(folder) ? await ask(socketIn(folder)) : undefined;
  return inside ?? ask(socketOutside(folder));
}

async function lockAt(path: string, state: () => unknown): Promise<FolderLock | null> {
  const claim = async () => {
    if ((await ask(path)) !== undefined) return null;
    if (process.platform !== 'win32') await rm(path, { force: true });
    return listen(path, state);
  };
  // Windows needs no guard file, because a named pipe disappears with its process, and a second process cannot
  // create one with the same name.
  if (process.platform === 'win32') return claim();
  const guard = `${path}.lock`;
  const age = Date.now() - (await stat(guard).then(({ mtimeMs }) => mtimeMs, Date.now));
  if (age > CLAIM_MS) await rm(guard, { force: true });
  return withFileLock(guard, claim, { timeoutMs: 2 * ANSWER_MS });
}

function socketIn(folder: string): string {
  return join(resolve(folder), 'lock.sock');
}

function fitsIn(folder: string): boolean {
  return process.platform !== 'win32' && Buffer.byteLength(socketIn(folder)) <= MAX_PATH_BYTES;
}

/** Returns the path of a socket outside the folder. The socket's name is a digest of the folder's path. */
function socketOutside(folder: string): string {
  const name = createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\iroh-live-lock-${name}`;
  const uid = process.getuid?.() ?? 0;
  return join(tmpdir(), `iroh-live-locks-${uid}`, `${name}.sock`);
}

/** Error codes that mean that no process is listening. There is no socket, or its owner has crashed or is exiting. */
const NOBODY: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTSOCK']);

function ask(path: string): Promise<unknown> {
  return new Promise((done, fail) => {
    const socket = connect(path);
    socket.setEncoding('utf8');
    let text = '';
    const timer = setTimeout(() => {
      socket.destroy();
      fail(new Error(`the process that uses ${dirname(path)} does not answer`));
    }, ANSWER_MS);
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_ANSWER_CHARS) socket.destroy();
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      if (NOBODY.has(errorCode(error))) done(undefined);
      else fail(error);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      try {
        done(text === '' ? undefined : JSON.parse(text));
      } catch (error) {
        fail(new Error(`another program uses the socket ${path}`, { cause: error }));
      }
    });
  });
}

async function listen(path: string, state: () => unknown): Promise<FolderLock> {
  const server = createServer((socket) => {
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('error', (error) => log.debug(`lock: ${error.message}`));
    socket.end(JSON.stringify(state()));
  });
  await listenAtPath(server, path);
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  server.on('error', (error) => log.warn(`lock: ${error.message}`));
  server.unref();
  // Closing the server also removes the socket.
  return { close: () => new Promise((done) => server.close(() => done())) };
}

/**
 * Creates the folder of `socketOutside` and returns the socket's path.
 *
 * @throws Error if the folder belongs to another user, who could have created it in the shared parent folder
 */
function privateSocket(folder: string): string {
  const path = socketOutside(folder);
  if (process.platform === 'win32') return path;
  makeFolder(dirname(path));
  if (lstatSync(dirname(path)).uid !== process.getuid?.())
    throw new Error(`${dirname(path)} belongs to another user`);
  return path;
}
