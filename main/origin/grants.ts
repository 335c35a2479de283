import { Path } from 'moq-net';
import { isTicketPath } from './ticket-path.ts';

/**
 * Maps a part of the Origin into a session: paths under `origin` appear to the session under `session`. For
 * example, a remote peer sees the Origin path `live/hello` as `hello`, and sees nothing outside `live`.
 */
export interface Mount {
  /** Path prefix on the Origin. */
  origin: Path.Valid;
  /** Path prefix in the session. */
  session: Path.Valid;
  /** Whether the mount covers only the path itself, and nothing under it. */
  exact?: boolean;
  /**
   * Session paths that are excluded together with everything under them, for reading as well as publishing.
   */
  except?: readonly Path.Valid[];
  /**
   * Whether the mount excludes tickets in every encoding, both as Origin paths and as session paths. Anyone
   * who learns a ticket may watch its broadcast, and a session that could publish at a ticket's path could
   * impersonate another peer.
   */
  excludeTickets?: boolean;
  /**
   * Whether the mount's broadcasts are hidden from lists: a request reveals only the broadcast at the exact
   * path that it names. The path then works like a password.
   */
  unlisted?: boolean;
}

/** A session's access rights. By default nothing is allowed. */
export interface Grants {
  /** Parts of the Origin that the session may read. */
  read: readonly Mount[];
  /** Parts of the Origin that the session may publish to. */
  publish: readonly Mount[];
  /** Whether the Origin pulls a ticket when the session requests its path. */
  pull: boolean;
}

/** Creates a mount for everything under `origin`. */
export function mount(origin: string, session: string): Mount {
  return { origin: Path.from(origin), session: Path.from(session) };
}

/** Creates a mount for one path and nothing under it. */
export function exactMount(origin: string, session: string): Mount {
  return { ...mount(origin, session), exact: true };
}

/**
 * Grants for the app's own window: it may read everything, publish live broadcasts and call broadcasts, and
 * pull any ticket.
 */
export function windowGrants(livePrefix: string, callsPrefix?: string): Grants {
  const publish = [mount(livePrefix, livePrefix)];
  if (callsPrefix !== undefined) publish.push(mount(callsPrefix, callsPrefix));
  return { read: [mount('', '')], publish, pull: true };
}

/**
 * Grants for a remote viewer: it may read each of the user's live broadcasts by name, except those under
 * `reserved` names, which belong to calls.
 *
 * @param options.listed whether the viewer may also list all live broadcasts
 */
export function viewerGrants(
  livePrefix: string,
  reserved: readonly string[] = [],
  { listed = false }: { listed?: boolean } = {},
): Grants {
  const except = reserved.map((name) => Path.from(name));
  return { read: [{ ...mount(livePrefix, ''), except, unlisted: !listed }], publish: [], pull: false };
}

/** Grants without any access, for peers that may not read or publish anything. */
export const NO_GRANTS: Grants = { read: [], publish: [], pull: false };

/**
 * Returns the session path for an Origin path, or undefined if the session may not see it.
 *
 * @param request the requested prefix of session paths; other paths are hidden. Under `unlisted` mounts, only
 *   the path that equals the prefix is visible.
 */
export function toSessionPath(
  grants: Grants,
  path: Path.Valid,
  request: RequestedPath = Path.empty(),
): Path.Valid | undefined {
  return translate(grants.read, path, { from: 'origin', to: 'session' }, request);
}

/** Returns the Origin path for a session path that was requested, or undefined if the session may not read that path. */
export function toOriginPath(grants: Grants, path: Path.Valid): Path.Valid | undefined {
  return translate(grants.read, path, { from: 'session', to: 'origin' }, path);
}

/** Represents any path that a session may request. */
export const ANY_PATH = Symbol('any path');

type RequestedPath = Path.Valid | typeof ANY_PATH;

/** Maximum length of a published path in bytes. Each path is stored and sent to every session that may read it. */
const MAX_PATH_BYTES = 1024;

/**
 * Whether a broadcast may have this path. It must be short enough and contain no control characters and no `.` or
 * `..` parts.
 */
export function isPublishablePath(path: Path.Valid): boolean {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || /\p{Cc}/u.test(path)) return false;
  return !Path.parts(path).some((part) => part === '..' || part === '.');
}

function translate(
  mounts: readonly Mount[],
  path: Path.Valid,
  { from, to }: { from: 'origin' | 'session'; to: 'origin' | 'session' },
  request: RequestedPath,
): Path.Valid | undefined {
  for (const candidate of mounts) {
    const rest = Path.stripPrefix(candidate[from], path);
    if (rest === null || (candidate.exact && rest !== '')) continue;
    const inSession = Path.join(candidate.session, rest);
    // This comparison comes first, because it is much cheaper than `isTicketPath`.
    if (request !== ANY_PATH && !Path.hasPrefix(request, inSession)) return undefined;
    if (candidate.unlisted && request !== ANY_PATH && request !== inSession) continue;
    if (candidate.except?.some((prefix) => Path.hasPrefix(prefix, inSession))) continue;
    const inOrigin = Path.join(candidate.origin, rest);
    if (candidate.excludeTickets && (isTicketPath(inOrigin) || isTicketPath(inSession))) continue;
    return Path.join(candidate[to], rest);
  }
  return undefined;
}
