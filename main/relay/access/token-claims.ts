import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { errorCode } from '../../base/error-code.ts';
import type { VerifyingKey } from './keys.ts';

/** Maximum length of a path in a token, in characters. Useful paths are shorter; moq-lite allows only 32 parts. */
const MAX_PATH_CHARS = 1024;

const paths = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((value) => (typeof value === 'string' ? [value] : value));

/**
 * The claims of a token, as moq-relay reads them (moq-token's `Claims`), with the additional claim `pull`.
 * moq-relay's tools omit empty claims, including `root`.
 */
const claimsSchema = z.object({
  /** The path that `get` and `put` are relative to. */
  root: z.string().max(MAX_PATH_CHARS).default(''),
  get: paths,
  put: paths,
  pull: z.boolean().default(false),
  /** The token's holder, and the issuer that named the holder (RFC 7519, section 4.1). */
  sub: z.string().optional().catch(undefined),
  iss: z.string().optional().catch(undefined),
  /** Expiry in seconds since 1970. */
  exp: z.number().optional(),
});

/** The verified claims of a token. */
export type TokenClaims = z.output<typeof claimsSchema>;

/**
 * Verifies a token and returns its claims. Tries only the keys with the token's key id if there are any,
 * otherwise all keys.
 *
 * @throws Error that `tokenFaultOf` describes
 */
export async function verifyToken(keys: readonly VerifyingKey[], token: string): Promise<TokenClaims> {
  const { kid } = decodeProtectedHeader(token);
  const named = keys.filter((key) => kid !== undefined && key.kid === kid);
  const candidates = named.length > 0 ? named : keys;
  let fault: unknown = new errors.JWSSignatureVerificationFailed();
  for (const { key, alg } of candidates) {
    try {
      const { payload } = await jwtVerify(token, key, { algorithms: [alg] });
      return claimsSchema.parse(payload);
    } catch (error) {
      // Any other error means that the signature is valid but the token is not.
      if (!WRONG_KEY.has(errorCode(error))) throw error;
      if (candidates.length === 1) fault = error;
    }
  }
  throw fault;
}

/** Error codes of jose 6 that mean that a token was not signed with the key that was tried. */
const WRONG_KEY: ReadonlySet<unknown> = new Set([
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  'ERR_JOSE_ALG_NOT_ALLOWED',
]);

/** Messages for the error codes of jose 6. jose's own messages may be long and quote the token. */
const TOKEN_FAULTS: ReadonlyMap<unknown, string> = new Map([
  ['ERR_JWT_EXPIRED', 'it has expired'],
  ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'it is not valid yet, or was issued for another audience'],
  ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'it was signed with another key'],
  ['ERR_JOSE_ALG_NOT_ALLOWED', "its signature algorithm does not match this relay's key"],
]);

/** Describes why a token was rejected, without quoting it. */
export function tokenFaultOf(error: unknown): string {
  return TOKEN_FAULTS.get(errorCode(error)) ?? 'it is not a JWT with the claims of a MoQ relay';
}
