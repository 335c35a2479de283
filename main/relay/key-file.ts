import { readFile } from 'node:fs/promises';
import { messageOf } from '../../common/base/errors.ts';

/** Files with keys of tokens. What is wrong with one is told without a word of what is in it. */

class KeyFileError extends Error {}

/** @throws KeyFileError */
export async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new KeyFileError(messageOf(error), { cause: error });
  }
}

/** In words. Parsers quote what they cannot read. */
export function keyFaultOf(error: unknown): string {
  return error instanceof KeyFileError ? error.message : 'it is no JWK of a kind that tokens are signed with';
}
