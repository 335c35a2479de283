import { type Connection, Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import type { Scope } from '../../common/base/scope.ts';
import { log } from '../base/log.ts';
import type { Allowance } from '../base/token-bucket.ts';
import { isPublishablePath, isTicketPath, type Mount } from './grants.ts';
import type { Origin, Publication } from './origin.ts';

/**
 * How many broadcasts one session may have announced at once. A person has a handful; a peer with more is broken or
 * hostile, and is cut off before its announcements cost memory.
 */
export const MAX_ANNOUNCED = 1_000;

/**
 * Announcements and their ends of one session, a second, in the long run; at once it may announce all that it may have,
 * and take it back. People begin and end a broadcast now and then; each change is told to everybody who may see it.
 */
export const ANNOUNCEMENTS_PER_S = 10;

/** What a session did that announces too much: at once, or too often. */
export type Flood = 'announcements' | 'announcement-rate';

/** The session that is followed. */
interface Followed {
  readonly label: string;
  readonly scope: Scope;
  readonly established: Connection.Established;
  /** Broadcasts that the other side may have announced at once. */
  readonly maxAnnounced: number;
  /** Of each announcement and each end of one. */
  readonly announcements: Allowance;
  /** Hears of a path that is not taken, and why. */
  unfit(why: string): void;
  /** Ends the session, which announced more than that. */
  flooded(how?: Flood): Promise<void>;
}

/** Publishes into the Origin whatever a session announces where it may. */
export class Follower {
  readonly #session: Followed;
  readonly #origin: Origin;
  readonly #follows = new Map<Mount, () => void>();
  /** Over all mounts. */
  #announced = 0;

  constructor(session: Followed, origin: Origin) {
    this.#session = session;
    this.#origin = origin;
  }

  /** From now on these mounts and no others. What is followed already goes on undisturbed. */
  follow(mounts: readonly Mount[]): void {
    for (const [mounted, stop] of [...this.#follows]) {
      if (mounts.includes(mounted)) continue;
      this.#follows.delete(mounted);
      stop();
    }
    for (const target of mounts) {
      if (!this.#follows.has(target)) this.#follows.set(target, this.#start(target));
    }
  }

  /** Returns what ends it. */
  #start(target: Mount): () => void {
    const session = this.#session;
    const { established } = session;
    const announcements = established.announced(target.session);
    const publications = new Map<Path.Valid, Publication>();
    let stopped = false;
    /** Those of them that are announced now. */
    let announced = 0;
    const count = (change: 1 | -1) => {
      announced += change;
      this.#announced += change;
    };
    const hasTrackInfo = hasTracks(established.version);
    const run = async () => {
      for (;;) {
        const event = await announcements.next();
        if (!event || stopped || session.scope.closed) return;
        if (!session.announcements.take()) {
          await session.flooded('announcement-rate');
          return;
        }
        publications.get(event.path)?.close();
        if (publications.delete(event.path)) count(-1);
        const path = Path.join(target.origin, event.path);
        const seenAs = Path.join(target.session, event.path);
        const unfit = !isPublishablePath(path)
          ? 'whose path is too long or not printable'
          : target.noTickets && (isTicketPath(path) || isTicketPath(seenAs))
            ? 'at the path of a ticket'
            : undefined;
        const foreign = unfit !== undefined || (target.exact === true && event.path !== '');
        if (!event.active) {
          if (foreign) count(-1);
          continue;
        }
        count(1);
        if (this.#announced > session.maxAnnounced) {
          await session.flooded();
          return;
        }
        if (unfit !== undefined) session.unfit(unfit);
        if (foreign) continue;
        const source = established.consume(seenAs);
        publications.set(event.path, this.#origin.publish(path, source, { by: session, hasTrackInfo }));
      }
    };
    run().catch((error: unknown) => {
      if (!stopped && !session.scope.closed) {
        log.debug(`${session.label}: announcements ended: ${messageOf(error)}`);
      }
    });
    return () => {
      stopped = true;
      // Closed cleanly, the library would leave the stream open for the session's life.
      announcements.close(new Error('released'));
      this.#announced -= announced;
      for (const publication of publications.values()) publication.close();
      publications.clear();
    };
  }
}

/** Whether a version has TRACK requests. Old versions are listed, so that new ones inherit. */
export function hasTracks(version: string): boolean {
  return !['moq-lite-01', 'moq-lite-02', 'moq-lite-03', 'moq-lite-04'].includes(version);
}
