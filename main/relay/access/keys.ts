import { type Key, load, loadPublic, type PublicKey } from '@moq/token';
import { importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { readProblem } from '../../base/file-problem.ts';
import { warnIfReadable } from '../../base/private-file.ts';
import { readTextFile } from '../../base/text-file.ts';

/** A key that verifies tokens: the public half of a key pair, or a shared secret. */
export interface VerifyingKey {
  /** The key's id. The tokens that were signed with this key contain it. Undefined if the key has no id. */
  kid: string | undefined;
  /** The only signature algorithm that is accepted with this key, such as `ES256`. */
  alg: string;
  key: Awaited<ReturnType<typeof importJWK>>;
}

/** Maximum number of keys in one file. A key set for rotation has two or three. */
const MAX_KEYS = 16;

class KeyFileError extends Error {}

const keySetSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

/**
 * Reads a key file with one key (JWK) or several (JWKS, RFC 7517, section 5), and keeps only the public half
 * of private keys.
 *
 * @param option the command-line option that names the file, such as `--auth-key`, for error messages
 * @throws Error that names the option and the file but quotes nothing from it
 */
export async function loadVerifyingKeys(file: string, option: string): Promise<VerifyingKey[]> {
  try {
    const jwks = jwksIn(await readKeyFile(file));
    if (jwks.some(isSecret)) await warnIfReadable(file, 'the signing key');
    return await Promise.all(jwks.map((jwk) => importVerifyingKey(verifyingJwk(jwk))));
  } catch (error) {
    throw keyError(file, option, error);
  }
}

/**
 * Reads a file with one key that can sign tokens.
 *
 * @param option the command-line option that names the file, for error messages
 * @throws Error that names the option and the file but quotes nothing from it
 */
export async function loadSigningKey(file: string, option: string): Promise<Key> {
  try {
    const [jwk = '', ...others] = jwksIn(await readKeyFile(file));
    if (others.length > 0) throw new KeyFileError('it contains several keys, but only one is allowed');
    if (!isSecret(jwk) && isPublic(jwk)) {
      throw new KeyFileError('it contains only the public half of a key, which cannot sign tokens');
    }
    const key = load(jwk);
    await warnIfReadable(file, 'the signing key');
    return key;
  } catch (error) {
    throw keyError(file, option, error);
  }
}

/** Imports a key that verifies tokens. Ignores the private half. @throws Error if the key is not valid */
export async function importVerifyingKey(jwk: Key | PublicKey): Promise<VerifyingKey> {
  const { key_ops: operations, ...parts } = jwk;
  if (!operations.includes('verify')) throw new KeyFileError('its key_ops do not include "verify"');
  return { kid: jwk.kid, alg: jwk.alg, key: await importJWK(parts as JWK, jwk.alg) };
}

/** Reads a key file as text. @throws KeyFileError with the system's reason, such as a missing file */
async function readKeyFile(file: string): Promise<string> {
  try {
    return await readTextFile(file);
  } catch (error) {
    throw new KeyFileError(readProblem(error), { cause: error });
  }
}

/**
 * Splits a key file into JWKs. Returns a file in base64url unchanged; it contains one JWK from moq-relay's
 * tools.
 *
 * @throws KeyFileError if there are no keys or too many
 */
function jwksIn(text: string): string[] {
  if (!text.trim().startsWith('{')) return [text];
  const json: unknown = JSON.parse(text);
  const set = keySetSchema.safeParse(json);
  const keys = set.success ? set.data.keys : [z.record(z.string(), z.unknown()).parse(json)];
  if (keys.length === 0) throw new KeyFileError('it contains no key');
  if (keys.length > MAX_KEYS) throw new KeyFileError(`it contains more than ${MAX_KEYS} keys`);
  return keys.map((jwk) => JSON.stringify(withDefaults(jwk)));
}

/** Maps each curve to the only `alg` that it can be used with (RFC 7518, section 3.4, and RFC 8037, section 3.1). */
const ALGORITHM_OF_CURVE: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  Ed25519: 'EdDSA',
};

/** Adds `alg` and `key_ops` if they are missing. They are optional in a JWK, but `@moq/token` requires them. */
function withDefaults(jwk: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const alg = typeof jwk.crv === 'string' ? ALGORITHM_OF_CURVE[jwk.crv] : undefined;
  const operations = jwk.d === undefined && jwk.kty !== 'oct' ? ['verify'] : ['sign', 'verify'];
  return { ...(alg === undefined ? {} : { alg }), key_ops: operations, ...jwk };
}

/**
 * Describes why a key file cannot be used. Omits the messages of the JWK parser, because they quote the file,
 * which may contain a secret key.
 */
function keyError(file: string, option: string, error: unknown): Error {
  const fault =
    error instanceof KeyFileError ? error.message : 'it is not a JWK or JWKS of a type that can sign tokens';
  return new Error(`The key ${file} (${option}) cannot be used: ${fault}`, { cause: error });
}

/** Whether a JWK can sign tokens. If so, anyone who can read the file can create tokens. */
function isSecret(jwk: string): boolean {
  return isAccepted(() => load(jwk));
}

function isPublic(jwk: string): boolean {
  return isAccepted(() => loadPublic(jwk));
}

function isAccepted(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    // The code that needs the key parses it again and reports what is wrong.
    return false;
  }
}

function verifyingJwk(jwk: string): Key | PublicKey {
  if (!isSecret(jwk)) return loadPublic(jwk);
  const key = load(jwk);
  return key.kty === 'oct' ? key : loadPublic(jwk);
}
