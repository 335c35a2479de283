import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../../common/base/errors.ts';

/** In the data folder, for its owner alone. Whoever has it is one of the cluster. */
export const CLUSTER_SECRET_FILE = 'cluster.secret';
/** The parameter that carries it, in the address of a session or of a question. */
export const CLUSTER_SECRET_PARAM = 'secret';

/** What cannot be guessed: 128 bits, as hex digits. */
const SECRET_BYTES = 16;
const LEAST_CHARS = 2 * SECRET_BYTES;

/**
 * The secret that the relays of a cluster share: read from the data folder, or made there when there is none.
 *
 * @throws Error that names the file
 */
export async function loadClusterSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, CLUSTER_SECRET_FILE);
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const made = randomBytes(SECRET_BYTES).toString('hex');
    await writeFile(file, `${made}\n`, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
    const secret = (await readFile(file, 'utf8')).trim();
    if (secret.length < LEAST_CHARS) throw new Error(`it has fewer than ${LEAST_CHARS} characters`);
    return secret;
  } catch (error) {
    throw new Error(`The cluster's secret in ${file} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/** Compares in a time that tells nothing. */
export function isSecret(given: string | null, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== null && timingSafeEqual(digest(given), digest(secret));
}
