import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileProblem, readProblem } from '../../base/file-problem.ts';
import { createPrivateFile, restrictToOwner } from '../../base/private-file.ts';

/**
 * Name of the file in the data folder that contains the secret, which gives full access to the cluster. Only
 * the file's owner can read it.
 */
export const CLUSTER_SECRET_FILE = 'cluster.secret';
/** The query parameter for the secret in the URLs of sessions and authorization requests. */
export const CLUSTER_SECRET_PARAM = 'secret';

/** Size of a generated secret in bytes. The secret is written as hex digits. 128 bits cannot be guessed. */
const SECRET_BYTES = 16;
const MIN_CHARS = 2 * SECRET_BYTES;

/**
 * Reads the cluster's shared secret from the data folder. Creates the secret if the file does not exist.
 *
 * @throws Error that names the file
 */
export async function loadClusterSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, CLUSTER_SECRET_FILE);
  try {
    await createPrivateFile(file, `${randomBytes(SECRET_BYTES).toString('hex')}\n`);
  } catch (error) {
    throw secretError(file, fileProblem(error), error);
  }
  try {
    await restrictToOwner(file, "the cluster's secret");
    const secret = (await readFile(file, 'utf8')).trim();
    if (secret.length < MIN_CHARS) throw new Error(`it has fewer than ${MIN_CHARS} characters`);
    return secret;
  } catch (error) {
    throw secretError(file, readProblem(error), error);
  }
}

function secretError(file: string, problem: string, cause: unknown): Error {
  return new Error(`The cluster's secret in ${file} cannot be used: ${problem}`, { cause });
}

/** Compares a string with the secret in constant time. Returns false for null. */
export function matchesSecret(given: string | null, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== null && timingSafeEqual(digest(given), digest(secret));
}
