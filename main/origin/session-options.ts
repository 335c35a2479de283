import type { Path } from 'moq-net';
import type { Grants } from './grants.ts';
import type { Origin } from './origin.ts';
import type { PublisherIds } from './path-owners.ts';

/**
 * Called when the peer requests a path that it may read. The request is answered once the returned promise
 * settles. `signal` is aborted when the request ends.
 */
export type PathRequestListener = (path: Path.Valid, signal: AbortSignal) => Promise<void> | void;

/** Options for a `Session`: the Origin that it is attached to, its access rights, and its listeners. */
export interface SessionOptions {
  origin: Origin;
  grants: Grants;
  /** The name for the peer in logs. */
  label: string;
  /** Called for each request, provided that the grants allow pulling. */
  onPathRequest?: PathRequestListener;
  /** A path that the peer requested before the session began. The request lasts until the session ends. */
  initialInterest?: Path.Valid;
  /**
   * Maps a path that the grants do not cover to an Origin path, or to undefined if there is none. The session
   * sees such a path only after requesting it. Examples are a ticket that other sessions must not learn
   * about, and a different encoding of a ticket.
   */
  resolveAlias?: (path: Path.Valid) => Path.Valid | undefined;
  /**
   * The client whose limits on announcements apply; see `AnnouncementLimitValues`. Default: the session has
   * separate limits.
   */
  client?: string;
  /** Maximum number of broadcasts that the peer may announce at the same time. Default: `MAX_ANNOUNCED`. */
  maxAnnounced?: number;
  /** Called with each path prefix that the peer requests announcements for. */
  onAnnounceInterest?: (prefix: Path.Valid) => void;
  /** Called when the session is closed because the peer announced too many broadcasts or changed them too often. */
  onFlood?: (how: 'announcements' | 'announcement-rate') => void;
  /** Logs a violation by the peer. Default: `log.warn`. */
  warn?: (line: string) => void;
  /** Called only for the first broadcast that is rejected because of its path. */
  onPathRejected?: () => void;
  /**
   * Identifies the peer as a publisher across sessions (see `PublisherIdentity`). Only a session with the
   * same identity may replace the peer's broadcasts. By default, the peer cannot be recognized in another
   * session.
   */
  publisher?: PublisherIds;
  /** Called with the session path of each broadcast that is queued because its path belongs to another publisher. */
  onPathTaken?: (path: Path.Valid) => void;
}
