import { generate, type Key, load, sign, toPublicKey } from '@moq/token';
import { warnIfReadable } from '../../base/private-file.ts';
import { keyFaultOf, readKeyFile } from '../access/keys.ts';
import type { TokenCommand } from './token-options.ts';

/**
 * Runs a token command. Returns its output, which is a key (JWK) or a token (JWT).
 *
 * @throws Error with a message for the user if the key file cannot be used
 */
export async function runTokenCommand(command: TokenCommand): Promise<string> {
  if (command.action === 'key') return JSON.stringify(await generate(command.algorithm));
  const key = await signingKey(command.keyFile);
  if (command.action === 'public') return JSON.stringify(toPublicKey(key));
  const { root, get, put, pull, expiresInS } = command;
  const claims = {
    root,
    // @moq/token requires `get` or `put`, even in a token that allows only pulling.
    get: [...get],
    ...(put.length > 0 ? { put: [...put] } : {}),
    ...(pull ? { pull } : {}),
    ...(expiresInS === undefined ? {} : { exp: Math.floor(Date.now() / 1000) + expiresInS }),
  };
  return sign(key, claims);
}

async function signingKey(file: string): Promise<Key> {
  try {
    const key = load(await readKeyFile(file));
    await warnIfReadable(file, 'the signing key');
    return key;
  } catch (error) {
    throw new Error(`The key ${file} cannot be used: ${keyFaultOf(error)}`, { cause: error });
  }
}
