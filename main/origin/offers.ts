import type { Path } from 'moq-net';
import { ForwardedBroadcast } from './forwarded-broadcast.ts';
import type { Origin, Publication } from './origin.ts';

/**
 * Maximum number of broadcasts that stay published to a session without an open read request. A reader first
 * requests a track's properties and then the track, so the broadcast must remain between these requests.
 */
const MAX_UNUSED = 16;

/** Options for `Offers`: the session and its access rights. */
interface OffersOptions {
  origin: Origin;
  /**
   * The session. Its own broadcasts are never published back to it. It counts as a reader of the broadcasts
   * that it reads.
   */
  reader: object;
  /** Whether the session may currently read an Origin path under the given session path. */
  mayRead: (path: Path.Valid, sessionPath: Path.Valid) => boolean;
  /** Publishes a broadcast on the session. */
  publish: (sessionPath: Path.Valid, broadcast: ForwardedBroadcast) => void;
}

interface Offer {
  publication: Publication;
  forwarded: ForwardedBroadcast;
  /** Number of open read requests. */
  uses: number;
  unwatch: () => void;
}

/** The Origin broadcasts that one session reads. A broadcast is published to the session when the session requests it. */
export class Offers {
  readonly #options: OffersOptions;
  /** The published broadcasts by session path, least recently requested first. */
  readonly #offers = new Map<Path.Valid, Offer>();
  #closed = false;

  constructor(options: OffersOptions) {
    this.#options = options;
  }

  /**
   * Publishes the Origin's current broadcast to the session, if there is one, and keeps it at least until
   * `signal` is aborted. Withdraws the broadcast when it ends or is replaced.
   */
  request(sessionPath: Path.Valid, path: Path.Valid, signal: AbortSignal): void {
    const { origin, reader, mayRead } = this.#options;
    const current = origin.get(path);
    if (this.#closed || signal.aborted || !current || current.by === reader) return;
    if (!mayRead(path, sessionPath)) return;
    const offer = this.#offers.get(sessionPath) ?? this.#offer(sessionPath, current);
    this.#offers.delete(sessionPath);
    this.#offers.set(sessionPath, offer);
    offer.uses += 1;
    const release = () => {
      offer.uses -= 1;
      this.#dropUnused();
    };
    signal.addEventListener('abort', release, { once: true });
  }

  /** Whether there is an open read request. */
  get isInUse(): boolean {
    return [...this.#offers.values()].some(({ uses }) => uses > 0);
  }

  /** Returns the broadcast that is published to the session at a path, or undefined if there is none. */
  get(sessionPath: Path.Valid): ForwardedBroadcast | undefined {
    return this.#offers.get(sessionPath)?.forwarded;
  }

  /** Withdraws the broadcasts that the session may no longer read. */
  revokeUnreadable(): void {
    for (const [sessionPath, { publication }] of [...this.#offers]) {
      if (!this.#options.mayRead(publication.path, sessionPath)) this.#withdraw(sessionPath);
    }
  }

  /** Withdraws all broadcasts. Later requests have no effect. */
  close(): void {
    this.#closed = true;
    for (const sessionPath of [...this.#offers.keys()]) this.#withdraw(sessionPath);
  }

  #offer(sessionPath: Path.Valid, publication: Publication): Offer {
    const { origin, reader, publish } = this.#options;
    const { path } = publication;
    const forwarded = new ForwardedBroadcast(publication, reader);
    const offer: Offer = { publication, forwarded, uses: 0, unwatch: () => undefined };
    this.#offers.set(sessionPath, offer);
    offer.unwatch = origin.watch(path, (event) => {
      if (event.path === path && event.current !== publication) this.#withdraw(sessionPath);
    });
    publish(sessionPath, forwarded);
    return offer;
  }

  #dropUnused(): void {
    const unused = [...this.#offers].filter(([, { uses }]) => uses === 0);
    for (const [sessionPath] of unused.slice(0, Math.max(0, unused.length - MAX_UNUSED))) {
      this.#withdraw(sessionPath);
    }
  }

  #withdraw(sessionPath: Path.Valid): void {
    const offer = this.#offers.get(sessionPath);
    this.#offers.delete(sessionPath);
    offer?.unwatch();
    offer?.forwarded.close();
  }
}
