import { Path } from 'moq-net';
import { ReasonError } from '../../../common/base/errors.ts';
import { errorCode } from '../../base/error-code.ts';
import { type Grants, toSessionPath } from '../../origin/grants.ts';
import type { VerifyingKey } from './keys.ts';
import { type TokenIdentity, tokenIdentity } from './publisher-identity.ts';
import { tokenFaultOf, verifyToken } from './token-claims.ts';

/**
 * Thrown when a request or session is not authorized. `needed`: no token, and nothing at its path is public.
 * `expired`: the token has expired. `wrong`: the token is invalid or grants nothing at this path. `path`: the
 * URL's path is not a MoQ path.
 */
export class AuthError extends ReasonError<'needed' | 'expired' | 'wrong' | 'path'> {}

/** The permissions of a session or a request. Prefixes are relative to `root`. */
export interface Access {
  /** The URL's path as a path on the Origin. It is the root of the session. */
  root: Path.Valid;
  /** Prefixes of the paths that the session may read. */
  read: readonly Path.Valid[];
  /** Prefixes of the paths that the session may publish. */
  publish: readonly Path.Valid[];
  /** Whether the session may make the relay pull tickets. */
  pull: boolean;
  /** When the token expires, in milliseconds since 1970. Null means never. */
  expiresAtMs: number | null;
  /** Identifies the token's holder. Null if there is no token. */
  token: TokenIdentity | null;
}

/** Access rules for an `Authorizer`: what requests may do with and without a token. */
export interface AuthOptions {
  /** Returns the keys that verify tokens. If there are none, tokens are not accepted. */
  keys: () => readonly VerifyingKey[];
  /** Prefixes of the Origin paths that can be read without a token. */
  publicRead: readonly string[];
  /** Prefixes of the Origin paths that can be published without a token. */
  publicPublish: readonly string[];
  /** Whether tickets may be pulled without a token. */
  allowPull: boolean;
}

/**
 * Maximum length of a path in characters. Useful paths are much shorter, because moq-lite allows only 32
 * parts.
 */
const MAX_ROOT_CHARS = 1024;
const MAX_TOKEN_CHARS = 8 * 1024;

/**
 * Maps a URL path and an optional token to permissions. Tokens work as on moq-relay, but may also contain the
 * claim `pull`, which allows pulling tickets.
 */
export class Authorizer {
  readonly #options: AuthOptions;

  constructor(options: AuthOptions) {
    this.#options = options;
  }

  /**
   * Returns the permissions at a path, with or without a token.
   *
   * @param path the URL's path, which becomes the root of the session
   * @throws AuthError if nothing is allowed
   */
  async authorize(path: string, token: string | undefined): Promise<Access> {
    const root = parseRoot(path);
    const access = token ? await this.#tokenAccess(root, token) : this.#publicAccess(root);
    if (access.read.length === 0 && access.publish.length === 0 && !access.pull) {
      if (token) throw new AuthError('wrong', 'the token is for another path');
      throw new AuthError('needed', 'a token is needed here');
    }
    return access;
  }

  #publicAccess(root: Path.Valid): Access {
    const { publicRead, publicPublish, allowPull } = this.#options;
    return {
      root,
      read: relativePrefixes(root, publicRead),
      publish: relativePrefixes(root, publicPublish),
      pull: allowPull,
      expiresAtMs: null,
      token: null,
    };
  }

  async #tokenAccess(root: Path.Valid, token: string): Promise<Access> {
    const { keys, allowPull } = this.#options;
    if (keys().length === 0) throw new AuthError('wrong', 'this relay does not accept tokens');
    if (token.length > MAX_TOKEN_CHARS) throw new AuthError('wrong', 'the token is too long');
    try {
      const claims = await verifyToken(keys(), token);
      const prefixesOf = (claim: readonly string[]) =>
        relativePrefixes(
          root,
          claim.map((prefix) => Path.join(Path.from(claims.root), Path.from(prefix))),
        );
      return {
        root,
        read: prefixesOf(claims.get),
        publish: prefixesOf(claims.put),
        pull: allowPull || claims.pull,
        expiresAtMs: claims.exp === undefined ? null : claims.exp * 1000,
        token: tokenIdentity(token, claims),
      };
    } catch (error) {
      const reason = errorCode(error) === 'ERR_JWT_EXPIRED' ? 'expired' : 'wrong';
      throw new AuthError(reason, `the token is not valid: ${tokenFaultOf(error)}`, { cause: error });
    }
  }
}

/**
 * Converts permissions to a session's grants on the Origin. Ticket paths are excluded, because only a pull
 * may reveal them.
 */
export function grantsOf(access: Access): Grants {
  const mounts = (prefixes: readonly Path.Valid[]) =>
    prefixes.map((prefix) => ({
      origin: Path.join(access.root, prefix),
      session: prefix,
      excludeTickets: true,
    }));
  return { read: mounts(access.read), publish: mounts(access.publish), pull: access.pull };
}

/**
 * Returns the Origin path (the name) of a broadcast that this relay itself hosts; undefined if the grants do
 * not allow reading it.
 */
export function hostedPath(broadcastName: string, grants: Grants): Path.Valid | undefined {
  const path = Path.from(broadcastName);
  return toSessionPath(grants, path) === undefined ? undefined : path;
}

function parseRoot(path: string): Path.Valid {
  if (path.length > MAX_ROOT_CHARS || path.includes('\0'))
    throw new AuthError('path', 'the path is too long or contains a NUL character');
  try {
    return Path.decode(path);
  } catch (error) {
    throw new AuthError('path', 'the path is not a valid MoQ path', { cause: error });
  }
}

/**
 * Returns the prefixes of all paths that are under both `root` and one of `prefixes`. The result is relative
 * to `root`.
 */
function relativePrefixes(root: Path.Valid, prefixes: readonly string[]): Path.Valid[] {
  const found = prefixes.flatMap((text) => {
    const prefix = Path.from(text);
    if (Path.hasPrefix(prefix, root)) return [Path.empty()];
    const rest = Path.stripPrefix(root, prefix);
    return rest === null ? [] : [rest];
  });
  // Prefixes that are covered by another prefix are dropped, so that each path is announced only once.
  return [...new Set(found)].filter(
    (one, _, all) => !all.some((other) => other !== one && Path.hasPrefix(other, one)),
  );
}
