import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ReasonError } from '../../common/base/errors.ts';
import { sleep } from '../../common/base/sleep.ts';
import { errorCode } from '../base/error-code.ts';
import { fileProblem } from '../base/file-problem.ts';
import { createPrivateFile, restrictToOwner } from '../base/private-file.ts';

/**
 * Why the secret key is not available. `damaged` and `unreadable`: the file exists and is left unchanged.
 * `folder`: the key could not be written to the data folder.
 */
export type IdentityFault = 'damaged' | 'unreadable' | 'folder';

/**
 * Thrown if the secret key cannot be loaded or created. The message is for the user: it names the file or folder and
 * explains what to do.
 */
export class IdentityError extends ReasonError<IdentityFault> {}

/** Name of the key file in the data folder. */
export const KEY_FILE = 'secret.key';
const KEY_BYTES = 32;
/**
 * Maximum size of a key file that is read, in bytes. A valid file has at most 66 bytes: 64 hex digits and a line
 * ending.
 */
const MAX_FILE_BYTES = 1024;
/**
 * How often, and for how long, the file is checked again while another process is still writing it, in milliseconds.
 */
const SETTLE_STEP_MS = 20;
const SETTLE_MS = 500;

/**
 * Loads the endpoint's secret key (32 bytes) from `secret.key` in the data folder, or creates the file. Never
 * overwrites a file, even if two processes create it at the same time.
 *
 * @throws IdentityError if the key cannot be loaded or created
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

/** Reads the key file. Returns undefined if there is no such file. */
async function readKey(file: string): Promise<Uint8Array | undefined> {
  let text: string;
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > MAX_FILE_BYTES) throw damaged(file);
      text = await handle.readFile('latin1');
      await restrictToOwner(file, 'the secret key');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    const code = errorCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') throw folderError(file, error);
    if (code === 'EISDIR') throw damaged(file, error);
    throw new IdentityError(
      'unreadable',
      `The secret key ${file} cannot be read: ${fileProblem(error)}. Make it readable by your user account, or choose another data folder.`,
      { cause: error },
    );
  }
  if (!/^[0-9a-f]{64}\r?\n?$/i.test(text)) throw damaged(file);
  return Uint8Array.from(Buffer.from(text.slice(0, 2 * KEY_BYTES), 'hex'));
}

/** Creates the key file, unless another process has created it in the meantime. */
async function createKey(dataDir: string, file: string): Promise<void> {
  try {
    await createPrivateFile(file, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
  } catch (error) {
    throw folderError(dataDir, error);
  }
}

/**
 * Reads the key. If another process is still writing the file, waits for it; such an incomplete file is visible only
 * on file systems without hard links (FAT).
 */
async function readSettled(file: string): Promise<Uint8Array | undefined> {
  for (let waitedMs = 0; ; waitedMs += SETTLE_STEP_MS) {
    try {
      return await readKey(file);
    } catch (error) {
      const incomplete = error instanceof IdentityError && error.reason === 'damaged';
      if (!incomplete || waitedMs >= SETTLE_MS) throw error;
    }
    await sleep(SETTLE_STEP_MS);
  }
}

function damaged(file: string, cause?: unknown): IdentityError {
  return new IdentityError(
    'damaged',
    `The secret key ${file} is damaged. Restore a copy of it, or move it away so that a new key is created. With a new key, tickets that you have already sent stop working.`,
    { cause },
  );
}

function folderError(dataDir: string, cause: unknown): IdentityError {
  return new IdentityError(
    'folder',
    `The data folder ${dataDir} cannot be written to: ${fileProblem(cause)}. Choose another with --data-dir.`,
    { cause },
  );
}
