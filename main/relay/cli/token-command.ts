import { open } from 'node:fs/promises';
import { generate, sign, toPublicKey } from '@moq/token';
import { errorCode } from '../../base/error-code.ts';
import { fileProblem } from '../../base/file-problem.ts';
import { writePrivateFile } from '../../base/private-file.ts';
import { loadSigningKey, loadVerifyingKeys } from '../access/keys.ts';
import { tokenFaultOf, verifyToken } from '../access/token-claims.ts';
import type { TokenCommand } from './token-options.ts';

/**
 * Runs a token command. Returns a key (JWK), a token (JWT), or the claims of a token (JSON), without a final
 * line break. `writeTokenFile` writes the output file.
 *
 * @throws Error with a message for the user that names the option
 */
export async function runTokenCommand(command: TokenCommand): Promise<string> {
  switch (command.action) {
    case 'key':
      return JSON.stringify(await generate(command.algorithm));
    case 'public':
      return publicHalf(command.keyFile);
    case 'sign':
      return signedToken(command);
    case 'verify':
      return describeToken(command);
  }
}

async function publicHalf(keyFile: string): Promise<string> {
  const key = await loadSigningKey(keyFile, '--key');
  if (key.kty === 'oct') {
    throw new Error(
      `The key ${keyFile} (--key) is a shared secret (${key.alg}) and has no public half. Start the relay with it, or make ` +
        'a key with --algorithm ES256',
    );
  }
  return JSON.stringify(toPublicKey(key));
}

async function signedToken(command: TokenCommand & { action: 'sign' }): Promise<string> {
  const { keyFile, root, get, put, pull, subject, expiresInS } = command;
  const claims = {
    root,
    // Always present, because @moq/token requires `get` or `put`, even in a token that allows only pulling.
    get: [...get],
    ...(put.length > 0 ? { put: [...put] } : {}),
    ...(pull ? { pull } : {}),
    ...(subject ? { sub: subject } : {}),
    ...(expiresInS === undefined ? {} : { exp: Math.floor(Date.now() / 1000) + expiresInS }),
  };
  return sign(await loadSigningKey(keyFile, '--key'), claims);
}

async function describeToken({ keyFiles, token }: TokenCommand & { action: 'verify' }): Promise<string> {
  const keys = (await Promise.all(keyFiles.map((file) => loadVerifyingKeys(file, '--key')))).flat();
  try {
    const { root, get, put, pull, sub, exp } = await verifyToken(keys, token);
    const expires = exp === undefined ? null : new Date(exp * 1000).toISOString();
    return JSON.stringify({ root, get, put, pull, subject: sub, expires }, null, 2);
  } catch (error) {
    throw new Error(`The token is not valid: ${tokenFaultOf(error)}`, { cause: error });
  }
}

/** Readable by everyone, because a public key is not secret and the relay may run as another user. */
const PUBLIC_MODE = 0o644;
const SECRET_MODE = 0o600;

/**
 * Writes the output of a token command to its output file.
 *
 * @throws Error that names the option and the file
 */
export async function writeTokenFile(
  file: string,
  text: string,
  action: 'key' | 'public' | 'sign',
): Promise<void> {
  try {
    if (action === 'sign') return await writePrivateFile(file, text);
    // An existing key is never replaced, because tokens may depend on it.
    const created = await open(file, 'wx', action === 'public' ? PUBLIC_MODE : SECRET_MODE);
    try {
      await created.writeFile(text);
      await created.sync();
    } finally {
      await created.close();
    }
  } catch (error) {
    const fault =
      errorCode(error) === 'EEXIST'
        ? 'it already exists, and keys are never overwritten'
        : fileProblem(error);
    throw new Error(`The file ${file} (--out) cannot be written: ${fault}`, { cause: error });
  }
}
