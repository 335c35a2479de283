import { Path } from 'moq-net';
import { TICKET_SCHEME } from '../../common/ticket/ticket.ts';
import { ticketOf } from '../pull/ticket-path.ts';

/**
 * What a session may do. A mount shows the part of the Origin below `origin` to the session as the part below
 * `session`, so a remote peer sees `hello` where the Origin has `live/hello`, and nothing else.
 */
export interface Mount {
  origin: Path.Valid;
  session: Path.Valid;
  /** Whether it is that one path, and nothing below it. */
  exact?: boolean;
  /** Paths of the session that it never shows or takes, with all below them. */
  except?: readonly Path.Valid[];
  /**
   * Whether tickets' paths, in any spelling, are no part of it: neither what is one on the Origin, nor what would be
   * one in the session. Whoever has a ticket may watch, so that what others watch must not be
   * announced to everybody, and nobody may publish in another's name.
   */
  noTickets?: boolean;
}

export interface Grants {
  read: readonly Mount[];
  publish: readonly Mount[];
  /** Whether asking for a ticket's path makes the Origin pull it. */
  pull: boolean;
}

export function mount(origin: string, session: string): Mount {
  return { origin: Path.from(origin), session: Path.from(session) };
}

/** One path and nothing below it. */
export function exactMount(origin: string, session: string): Mount {
  return { ...mount(origin, session), exact: true };
}

/** What the app's own window may do: read everything, publish what is live and what it says in calls, ask for any ticket. */
export function windowGrants(livePrefix: string, callsPrefix?: string): Grants {
  const publish = [mount(livePrefix, livePrefix)];
  if (callsPrefix !== undefined) publish.push(mount(callsPrefix, callsPrefix));
  return { read: [mount('', '')], publish, pull: true };
}

/** What a remote peer may do: read what the local person publishes, except under names that mean something else. */
export function viewerGrants(livePrefix: string, reserved: readonly string[] = []): Grants {
  const except = reserved.map((name) => Path.from(name));
  return { read: [{ ...mount(livePrefix, ''), except }], publish: [], pull: false };
}

/** A connection made to read from a peer offers it nothing. */
export const NO_GRANTS: Grants = { read: [], publish: [], pull: false };

/** Where the session sees a path of the Origin, or undefined when it may not read it. */
export function readableAs(grants: Grants, path: Path.Valid): Path.Valid | undefined {
  return translate(grants.read, path, 'origin', 'session');
}

/** Where the Origin has a path that the session reads, or undefined when it may not read there. */
export function readableFrom(grants: Grants, path: Path.Valid): Path.Valid | undefined {
  return translate(grants.read, path, 'session', 'origin');
}

/** Whether a path is a ticket in any spelling, or begins as one in its normal form. */
export function isTicketPath(path: Path.Valid): boolean {
  return path.startsWith(TICKET_SCHEME) || ticketOf(path) !== undefined;
}

/** Longest path that is taken from a session, in bytes: what is announced is told to everybody, and kept meanwhile. */
const MAX_PATH_BYTES = 1024;

/** Whether a broadcast may have this path: short enough, printable, and without parts that file systems climb by. */
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
    if (candidate.noTickets && (isTicketPath(inOrigin) || isTicketPath(inSession))) continue;
    return Path.join(candidate[to], rest);
  }
  return undefined;
}
