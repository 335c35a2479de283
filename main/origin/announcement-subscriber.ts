import { type Connection, Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import type { Scope } from '../../common/base/scope.ts';
import { log } from '../base/log.ts';
import type { TokenBucket } from '../base/token-bucket.ts';
import { TurnLimit } from '../base/turn-limit.ts';
import { isPublishablePath, type Mount } from './grants.ts';
import type { Origin, Publication } from './origin.ts';
import type { PublisherIds } from './path-owners.ts';
import { TakenPathCheck } from './taken-path-check.ts';
import { isTicketPath } from './ticket-path.ts';

/**
 * Maximum number of broadcasts that one session may announce at the same time. Normal peers announce a few;
 * one that exceeds the limit is disconnected.
 */
export const MAX_ANNOUNCED = 400;

/**
 * Average number of announcements and unannouncements that a session may send per second, because each is
 * sent to every session that may see it. The burst limit is higher, so that a session can announce its
 * maximum number of broadcasts and withdraw them again.
 */
export const ANNOUNCEMENTS_PER_S = 10;

/**
 * The limit that a session exceeded: the number of simultaneous broadcasts of the session, its client or all
 * clients, or the rate of changes.
 */
export type FloodKind =
  | 'announcements'
  | 'announcements-per-client'
  | 'announcements-in-total'
  | 'announcement-rate';

/**
 * Limits how many announcements are handled per turn of the event loop, across all sessions. A peer can send
 * hundreds at once, and publishing each takes about 100 µs.
 */
const announcementTurn = new TurnLimit(32);

/** The session whose announcements are read. */
interface AnnouncingSession {
  readonly label: string;
  readonly scope: Scope;
  readonly established: Connection.Established;
  /** The client whose limits apply; see `AnnouncementLimitValues`. */
  readonly client: string;
  /** Maximum number of broadcasts that the peer may announce at the same time. */
  readonly maxAnnounced: number;
  /** Rate limit on the peer's announcements and unannouncements. */
  readonly announcements: TokenBucket;
  /** Identifies the peer across sessions; see `PublisherIdentity`. */
  readonly publisher: PublisherIds | undefined;
  /** Called when a broadcast is queued because its path belongs to another publisher. `path` is the session path. */
  reportTakenPath(path: Path.Valid): void;
  /** Closes the session because all of its broadcasts are at paths that belong to other publishers. */
  closeForTakenPath(path: Path.Valid): Promise<void>;
  /**
   * Called when a broadcast is rejected because of its path. `why` completes the sentence "announced a broadcast …".
   */
  reportRejectedPath(why: string): void;
  /** Closes the session because the peer exceeded a limit. */
  closeForFlood(how?: FloodKind): Promise<void>;
}

/** Publishes on the Origin the broadcasts that a session's peer announces under the session's mounts. */
export class AnnouncementSubscriber {
  readonly #session: AnnouncingSession;
  readonly #origin: Origin;
  /** Maps each subscribed mount to the function that ends its subscription. */
  readonly #unsubscribers = new Map<Mount, () => void>();
  /** The broadcasts of each subscribed mount, by their path under the mount. */
  readonly #publications = new Set<ReadonlyMap<Path.Valid, Publication>>();
  readonly #takenPathCheck: TakenPathCheck;
  /** Counts a change, and returns whether the session's client is within its limit. */
  readonly #allowsChange: () => boolean;
  /** Number of broadcasts that are currently announced, over all mounts. */
  #announced = 0;

  constructor(session: AnnouncingSession, origin: Origin) {
    this.#session = session;
    this.#origin = origin;
    this.#allowsChange = origin.limits.changeLimit(session.client);
    this.#takenPathCheck = new TakenPathCheck({
      scope: session.scope,
      hasCurrentBroadcast: () => this.#hasCurrentBroadcast(),
      closeForTakenPath: (path) => session.closeForTakenPath(path),
    });
  }

  /** Subscribes to these mounts and unsubscribes from all others. Does not restart existing subscriptions. */
  setMounts(mounts: readonly Mount[]): void {
    for (const [subscribed, unsubscribe] of [...this.#unsubscribers]) {
      if (mounts.includes(subscribed)) continue;
      this.#unsubscribers.delete(subscribed);
      unsubscribe();
    }
    for (const mount of mounts) {
      if (!this.#unsubscribers.has(mount)) this.#unsubscribers.set(mount, this.#subscribe(mount));
    }
  }

  /**
   * Subscribes to a mount. Returns the function that ends the subscription and withdraws its broadcasts from the
   * Origin.
   */
  #subscribe(mount: Mount): () => void {
    const session = this.#session;
    const { established } = session;
    const announcements = established.announced(mount.session);
    const publications = new Map<Path.Valid, Publication>();
    this.#publications.add(publications);
    /** For each broadcast, the function that stops counting it toward the Origin's limits. */
    const releases = new Map<Path.Valid, () => void>();
    let unsubscribed = false;
    /** Number of broadcasts that are announced under this mount. */
    let announced = 0;
    const count = (change: 1 | -1) => {
      announced += change;
      this.#announced += change;
    };
    const hasTrackInfo = hasTrackRequests(established.version);
    const run = async () => {
      for (;;) {
        await announcementTurn.take();
        const event = await announcements.next();
        if (!event || unsubscribed || session.scope.closed) return;
        if (!session.announcements.tryTake() || !this.#allowsChange()) {
          await session.closeForFlood('announcement-rate');
          return;
        }
        publications.get(event.path)?.close();
        releases.get(event.path)?.();
        releases.delete(event.path);
        if (publications.delete(event.path)) count(-1);
        const path = Path.join(mount.origin, event.path);
        const sessionPath = Path.join(mount.session, event.path);
        const rejection = pathRejection(mount, path, sessionPath);
        const ignored = rejection !== undefined || (mount.exact === true && event.path !== '');
        if (!event.active) {
          if (ignored) count(-1);
          continue;
        }
        count(1);
        if (this.#announced > session.maxAnnounced) {
          await session.closeForFlood();
          return;
        }
        if (rejection !== undefined) session.reportRejectedPath(rejection);
        if (ignored) continue;
        const release = this.#origin.limits.acquireBroadcast(session.client);
        if (typeof release === 'string') {
          await session.closeForFlood(
            release === 'client' ? 'announcements-per-client' : 'announcements-in-total',
          );
          return;
        }
        releases.set(event.path, release);
        const source = established.consume(sessionPath);
        const { publisher } = session;
        const publication = this.#origin.publish(path, source, { by: session, publisher, hasTrackInfo });
        publications.set(event.path, publication);
        if (this.#origin.isCurrent(publication)) continue;
        session.reportTakenPath(sessionPath);
        this.#takenPathCheck.start(sessionPath);
      }
    };
    run().catch((error: unknown) => {
      if (!unsubscribed && !session.scope.closed) {
        log.debug(`${session.label}: announcements ended: ${messageOf(error)}`);
      }
    });
    return () => {
      unsubscribed = true;
      // Without an error, moq-net would leave the stream open until the session ends.
      announcements.close(new Error('unsubscribed'));
      this.#announced -= announced;
      // If the session was lost, its peer will probably reconnect, so the paths are reserved for that peer.
      for (const publication of publications.values()) publication.close({ held: session.scope.closed });
      for (const release of releases.values()) release();
      releases.clear();
      publications.clear();
      this.#publications.delete(publications);
    };
  }

  #hasCurrentBroadcast(): boolean {
    for (const publications of this.#publications) {
      for (const publication of publications.values()) if (this.#origin.isCurrent(publication)) return true;
    }
    return false;
  }
}

/** Returns why a broadcast must not be published at a path, or undefined if the path is allowed. */
function pathRejection(mount: Mount, path: Path.Valid, sessionPath: Path.Valid): string | undefined {
  if (!isPublishablePath(path)) return 'with a path that is too long or not printable';
  const isTicket = mount.excludeTickets && (isTicketPath(path) || isTicketPath(sessionPath));
  return isTicket ? 'at the path of a ticket' : undefined;
}

/**
 * Whether a MoQ version has TRACK requests. Only the versions without them are listed, so newer versions are
 * assumed to have them.
 */
export function hasTrackRequests(version: string): boolean {
  return !['moq-lite-01', 'moq-lite-02', 'moq-lite-03', 'moq-lite-04'].includes(version);
}
