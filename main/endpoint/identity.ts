import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ReasonError } from '../../common/base/errors.ts';
import { sleep } from '../../common/base/sleep.ts';
import { log } from '../base/log.ts';

/** damaged, unreadable: the file is there and is left as it is. folder: there is none and none can be written. */
export type IdentityFault = 'damaged' | 'unreadable' | 'folder';

/** The message names the file or the folder and says what to do. */
export class IdentityError extends ReasonError<IdentityFault> {}

export const KEY_FILE = 'secret.key';
export const KEY_BYTES = 32;
/** 64 hex digits and a line end need 66; more than this is not read. */
const MAX_FILE_BYTES = 1024;
const OWNER_ONLY = 0o600;
const ANYBODY_ELSE = 0o077;
/** How often a file that another process is just writing is looked at again, and for how long, in milliseconds. */
const SETTLE_STEP_MS = 20;
const SETTLE_MS = 500;

/**
 * The endpoint's secret key, 32 bytes: read from `secret.key` in the data folder, or made there when there is none.
 * Whatever is there already is never overwritten. Two processes that make it at once get the same.
 *
 * @throws IdentityError
 */
export async function loadIdentity(dataDir: string): Promise<Uint8Array> {
  const file = join(dataDir, KEY_FILE);
  const present = await readSettled(file);
  if (present) return present;
  await createKey(dataDir, file);
  const key = await readSettled(file);
  if (!key) throw folderError(dataDir, new Error(`${KEY_FILE} vanished`));
  return key;
}

/** Undefined when there is no such file. */
async function readKey(file: string): Promise<Uint8Array | undefined> {
  let text: string;
  try {
    const handle = await open(file, 'r');
    try {
      const { mode, size } = await handle.stat();
      if (size > MAX_FILE_BYTES) throw damaged(file);
      text = await handle.readFile('latin1');
      if (process.platform !== 'win32' && (mode & ANYBODY_ELSE) !== 0) await tighten(file, handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    const code = codeOf(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') throw folderError(file, error);
    if (code === 'EISDIR') throw damaged(file, error);
    throw new IdentityError(
      'unreadable',
      `The secret key ${file} cannot be read (${messageOf(error)}). Make it readable for you, or choose another data folder.`,
      { cause: error },
    );
  }
  if (!/^[0-9a-f]{64}\r?\n?$/i.test(text)) throw damaged(file);
  return Uint8Array.from(Buffer.from(text.slice(0, 2 * KEY_BYTES), 'hex'));
}

async function tighten(file: string, handle: { chmod(mode: number): Promise<void> }): Promise<void> {
  try {
    await handle.chmod(OWNER_ONLY);
    log.warn(`others could read the secret key ${file}; now only its owner can`);
  } catch (error) {
    log.warn(`others can read the secret key ${file}, and that cannot be changed: ${messageOf(error)}`);
  }
}

/** Puts a whole file in place, unless there is one by then. */
async function createKey(dataDir: string, file: string): Promise<void> {
  const text = `${randomBytes(KEY_BYTES).toString('hex')}\n`;
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    try {
      await writeNew(draft, text);
      // A link never replaces a file, and what appears under the name is complete.
      await link(draft, file);
    } catch (error) {
      if (!withoutLinks(error)) throw error;
      await writeNew(file, text);
    } finally {
      await rm(draft, { force: true });
    }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw folderError(dataDir, error);
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', OWNER_ONLY);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Where there are no links (FAT, some network folders), another process may be half-way through its writing. */
async function readSettled(file: string): Promise<Uint8Array | undefined> {
  for (let waitedMs = 0; ; waitedMs += SETTLE_STEP_MS) {
    try {
      return await readKey(file);
    } catch (error) {
      const half = error instanceof IdentityError && error.reason === 'damaged';
      if (!half || waitedMs >= SETTLE_MS) throw error;
    }
    await sleep(SETTLE_STEP_MS);
  }
}

function withoutLinks(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error) ?? '');
}

function damaged(file: string, cause?: unknown): IdentityError {
  return new IdentityError(
    'damaged',
    `The secret key ${file} is damaged. Put back a copy of it, or move it away: then a new one is made, and tickets sent before stop working.`,
    { cause },
  );
}

function folderError(dataDir: string, cause: unknown): IdentityError {
  return new IdentityError(
    'folder',
    `The data folder ${dataDir} cannot be written (${messageOf(cause)}). Choose another with --data-dir.`,
    { cause },
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
