import { readFile } from 'node:fs/promises';
import { type Key, load, loadPublic, type PublicKey, type SymmetricKey } from '@moq/token';
import { messageOf } from '../../../common/base/errors.ts';
import { warnIfReadable } from '../../base/private-file.ts';

/** A key that verifies tokens: either the public half of a key pair or a shared secret. */
export type VerifyingKey = PublicKey | SymmetricKey;

class KeyFileError extends Error {}

/**
 * Reads a JWK file and returns the key that verifies tokens. Keeps only the public half of a private key.
 *
 * @throws Error that names the file but quotes nothing from it
 */
export async function loadVerifyingKey(file: string): Promise<VerifyingKey> {
  try {
    const jwk = await readKeyFile(file);
    if (isSecret(jwk)) await warnIfReadable(file, 'the signing key');
    return verifyingKey(jwk);
  } catch (error) {
    throw new Error(`The key ${file} cannot be used: ${keyFaultOf(error)}`, { cause: error });
  }
}

/** Reads a JWK file as text. @throws KeyFileError with the system's reason, such as a missing file */
export async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new KeyFileError(messageOf(error), { cause: error });
  }
}

/**
 * Describes why a key file cannot be used. Omits the messages of the JWK parser, because they quote the file,
 * which may contain a secret key.
 */
export function keyFaultOf(error: unknown): string {
  return error instanceof KeyFileError ? error.message : 'it is not a JWK of a type that can sign tokens';
}

/** Whether a JWK can sign tokens. If so, anyone who can read the file can create tokens. */
function isSecret(jwk: string): boolean {
  try {
    load(jwk);
    return true;
  } catch {
    // The JWK is a public key, or it is invalid. `verifyingKey` reports an invalid JWK.
    return false;
  }
}

function verifyingKey(jwk: string): VerifyingKey {
  let key: Key;
  try {
    key = load(jwk);
  } catch {
    return loadPublic(jwk);
  }
  return key.kty === 'oct' ? key : loadPublic(jwk);
}
