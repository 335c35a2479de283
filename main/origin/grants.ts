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
   * with a ticket may watch its broadcast, so tickets that others watch must not be announced to everyone,
   * and no session may publish under another peer's ticket.
   */
  excludeTickets?: boolean;
}

/** A session's access rights. By default nothing is allowed. */
export interface Grants {
  /** Parts of the Origin that the session may read. */
  read: readonly Mount[];
  /** Parts of the Origin that the session may publish in. */
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
 * Grants for a remote viewer: it may read the user's live broadcasts, except those under `reserved` names,
 * which belong to calls.
 */
export function viewerGrants(livePrefix: string, reserved: readonly string[] = []): Grants {
  const except = reserved.map((name) => Path.from(name));
  return { read: [{ ...mount(livePrefix, ''), except }], publish: [], pull: false };
}

/** Grants without any access, for peers that may not read or publish anything. */
export const NO_GRANTS: Grants = { read: [], publish: [], pull: false };

/** Returns the session path for an Origin path, or undefined if the session may not read that path. */
export function toSessionPath(grants: Grants, path: Path.Valid): Path.Valid | undefined {
  return translate(grants.read, path, 'origin', 'session');
}

/** Returns the Origin path for a session path, or undefined if the session may not read that path. */
export function toOriginPath(grants: Grants, path: Path.Valid): Path.Valid | undefined {
  return translate(grants.read, path, 'session', 'origin');
}

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
  from: 'origin' | 'session',
  to: 'origin' | 'session',
): Path.Valid | undefined {
  for (const candidate of mounts) {
    const rest = Path.stripPrefix(candidate[from], path);
    if (rest === null || (candidate.exact && rest !== '')) continue;
    const inSession = Path.join(candidate.session, rest);
    if (candidate.except?.some((prefix) => Path.hasPrefix(prefix, inSession))) continue;
    const inOrigin = Path.join(candidate.origin, rest);
    if (candidate.excludeTickets && (isTicketPath(inOrigin) || isTicketPath(inSession))) continue;
    return Path.join(candidate[to], rest);
  }
  return undefined;
}
