import { type Key, load, loadPublic, type PublicKey, type SymmetricKey, verify } from '@moq/token';
import { Path } from 'moq-net';
import { z } from 'zod';
import { ReasonError } from '../../common/base/errors.ts';
import type { Grants } from '../origin/grants.ts';
import { keyFaultOf, readKeyFile } from './key-file.ts';

/** needed: there is no token, and nothing is public here. wrong: the token is not good here. path: the root is none. */
export class AuthError extends ReasonError<'needed' | 'wrong' | 'path'> {}

/** What a session or a request may do. Prefixes are relative to the root, which is the path of the URL. */
export interface Access {
  root: Path.Valid;
  read: readonly Path.Valid[];
  publish: readonly Path.Valid[];
  pull: boolean;
  /** When the token ends, by the clock; null: never. */
  expiresAtMs: number | null;
}

export interface AuthOptions {
  key: VerifyingKey | null;
  /** From the Origin's root. */
  publicRead: readonly string[];
  publicPublish: readonly string[];
  /** Whether anybody may have tickets pulled. */
  allowPull: boolean;
}

export type VerifyingKey = PublicKey | SymmetricKey;

/** No path of use is longer; moq-lite knows 32 parts. */
const MAX_ROOT_CHARS = 1024;
const MAX_TOKEN_CHARS = 8 * 1024;

const rootClaim = z.object({ root: z.string().max(MAX_ROOT_CHARS) });
const pullClaim = z.object({ pull: z.boolean().default(false) });
const list = (claim: string | readonly string[] | undefined): readonly string[] =>
  claim === undefined ? [] : typeof claim === 'string' ? [claim] : claim;

/** Decides what a token, or none, allows: as moq-relay does, and with a claim of its own for pulling tickets. */
export class Authorizer {
  readonly #options: AuthOptions;

  constructor(options: AuthOptions) {
    this.#options = options;
  }

  /**
   * @param path Of the URL: the root of what the session sees.
   * @throws AuthError
   */
  async authorize(path: string, token: string | undefined): Promise<Access> {
    const root = rootOf(path);
    const access = token ? await this.#fromToken(root, token) : this.#public(root);
    if (access.read.length === 0 && access.publish.length === 0 && !access.pull) {
      if (token) throw new AuthError('wrong', 'the token is for another path');
      throw new AuthError('needed', 'a token is needed here');
    }
    return access;
  }

  #public(root: Path.Valid): Access {
    const { publicRead, publicPublish, allowPull } = this.#options;
    return {
      root,
      read: below(root, publicRead),
      publish: below(root, publicPublish),
      pull: allowPull,
      expiresAtMs: null,
    };
  }

  async #fromToken(root: Path.Valid, token: string): Promise<Access> {
    const { key, allowPull } = this.#options;
    if (!key) throw new AuthError('wrong', 'this relay takes no tokens');
    if (token.length > MAX_TOKEN_CHARS) throw new AuthError('wrong', 'the token is too long');
    try {
      // The library compares the root as text: it is given the token's own, and the paths are compared below.
      const claims = await verify(key, token, rootClaim.parse(payloadOf(token)).root);
      const from = (claim: string | readonly string[] | undefined) =>
        below(
          root,
          list(claim).map((prefix) => Path.join(Path.from(claims.root), Path.from(prefix))),
        );
      return {
        root,
        read: from(claims.get),
        publish: from(claims.put),
        pull: allowPull || pullClaim.parse(payloadOf(token)).pull,
        expiresAtMs: claims.exp === undefined ? null : claims.exp * 1000,
      };
    } catch (error) {
      throw new AuthError('wrong', `the token is not valid: ${faultOf(error)}`, { cause: error });
    }
  }
}

/** @throws Error that names the file */
export async function loadKey(file: string): Promise<VerifyingKey> {
  try {
    return verifyingKey(await readKeyFile(file));
  } catch (error) {
    throw new Error(`The key ${file} cannot be used: ${keyFaultOf(error)}`, { cause: error });
  }
}

function verifyingKey(jwk: string): VerifyingKey {
  let whole: Key;
  try {
    whole = load(jwk);
  } catch {
    // Only the public half is needed here, and it is safer to have no more.
    return loadPublic(jwk);
  }
  return whole.kty === 'oct' ? whole : loadPublic(jwk);
}

/** What the session may do on the Origin. */
export function grantsOf(access: Access): Grants {
  const mounts = (prefixes: readonly Path.Valid[]) =>
    prefixes.map((prefix) => ({ origin: Path.join(access.root, prefix), session: prefix, noTickets: true }));
  return { read: mounts(access.read), publish: mounts(access.publish), pull: access.pull };
}

function rootOf(path: string): Path.Valid {
  if (path.length > MAX_ROOT_CHARS || path.includes('\0'))
    throw new AuthError('path', 'the path is too long, or has a NUL in it');
  try {
    return Path.decode(path);
  } catch (error) {
    throw new AuthError('path', 'the path is none that MoQ knows', { cause: error });
  }
}

/** Where prefixes of the Origin and what is below the root meet, relative to the root. */
function below(root: Path.Valid, prefixes: readonly string[]): Path.Valid[] {
  const found = prefixes.flatMap((text) => {
    const prefix = Path.from(text);
    if (Path.hasPrefix(prefix, root)) return [Path.empty()];
    const rest = Path.stripPrefix(root, prefix);
    return rest === null ? [] : [rest];
  });
  // One that covers others stands for them: a path must be seen once.
  return [...new Set(found)].filter(
    (one, _, all) => !all.some((other) => other !== one && Path.hasPrefix(other, one)),
  );
}

/** What the library throws, by its codes (jose 6), in words; its own may be long, and quote what it was given. */
const TOKEN_FAULTS: ReadonlyMap<unknown, string> = new Map([
  ['ERR_JWT_EXPIRED', 'it has expired'],
  ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'it is not valid yet, or for somebody else'],
  ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'it was signed with another key'],
  ['ERR_JOSE_ALG_NOT_ALLOWED', 'it was signed in another way than with the key of this relay'],
]);

function faultOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return TOKEN_FAULTS.get(code) ?? 'it is no JWT with the claims of a MoQ relay';
}

/** Read before the signature is checked, to know what to check; nothing else is done with it by then. */
function payloadOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}
