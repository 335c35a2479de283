import type { Path } from 'moq-net';
import { sleep } from '../../common/base/sleep.ts';
import { ForwardedBroadcast } from './forwarded-broadcast.ts';
import type { Origin, OriginEvent, Publication } from './origin.ts';

/**
 * Time between withdrawing a broadcast and publishing its successor at the same path, in ms. Readers must see
 * the end of the first broadcast, and moq-net announces that end only if there is a pause between the two
 * steps.
 */
const TAKEOVER_GAP_MS = 100;
/** Maximum time that a request waits for its broadcast to be published to the session, in ms. */
const OFFER_TIMEOUT_MS = 10 * TAKEOVER_GAP_MS;

/** Options for `Offers`: the session and its access rights. */
export interface OffersOptions {
  origin: Origin;
  /**
   * The session. Its own broadcasts are never published back to it, and it counts as a reader of all the
   * others.
   */
  reader: object;
  /** Whether the session may currently see an Origin path under the given session path. */
  mayRead: (path: Path.Valid, sessionPath: Path.Valid) => boolean;
  /** Publishes a broadcast on the session. */
  publish: (sessionPath: Path.Valid, broadcast: ForwardedBroadcast) => void;
}

/** The Origin broadcasts that are published to one session. */
export class Offers {
  readonly #options: OffersOptions;
  readonly #offered = new Map<Path.Valid, { publication: Publication; forwarded: ForwardedBroadcast }>();
  /** Timers for the paths at which another broadcast is about to be published. */
  readonly #takeovers = new Map<Path.Valid, ReturnType<typeof setTimeout>>();
  #closed = false;

  constructor(options: OffersOptions) {
    this.#options = options;
  }

  /** Replaces the broadcast at a session path with the Origin's current one, or removes it if there is none. */
  update(sessionPath: Path.Valid, { path, current }: OriginEvent): void {
    if (this.#closed) return;
    const { origin, reader, mayRead } = this.#options;
    const before = this.#offered.get(sessionPath);
    const after = current?.by === reader ? undefined : current;
    if (before?.publication === after) return;
    if (before) {
      before.forwarded.close();
      this.#offered.delete(sessionPath);
    }
    const pending = this.#takeovers.get(sessionPath);
    if (!before && !pending) {
      if (after) this.#publish(sessionPath, after);
      return;
    }
    clearTimeout(pending);
    const takeOver = () => {
      this.#takeovers.delete(sessionPath);
      if (!mayRead(path, sessionPath)) return;
      const newest = origin.get(path);
      if (newest && newest.by !== reader && !this.#closed) this.#publish(sessionPath, newest);
    };
    this.#takeovers.set(sessionPath, setTimeout(takeOver, TAKEOVER_GAP_MS));
  }

  /** Returns the broadcast that is published to the session at a path, or undefined if there is none. */
  get(sessionPath: Path.Valid): ForwardedBroadcast | undefined {
    return this.#offered.get(sessionPath)?.forwarded;
  }

  /** Withdraws the broadcasts that the session may no longer read. */
  revokeUnreadable(): void {
    for (const [sessionPath, { publication, forwarded }] of [...this.#offered]) {
      if (this.#options.mayRead(publication.path, sessionPath)) continue;
      forwarded.close();
      this.#offered.delete(sessionPath);
    }
  }

  /**
   * Resolves when the broadcast at `path` has been published to the session or does not exist, but after one
   * second at the latest.
   */
  async waitUntilOffered(sessionPath: Path.Valid, path: Path.Valid): Promise<void> {
    const deadlineMs = performance.now() + OFFER_TIMEOUT_MS;
    while (
      this.#options.origin.get(path) &&
      !this.#offered.has(sessionPath) &&
      !this.#closed &&
      performance.now() < deadlineMs
    ) {
      await sleep(TAKEOVER_GAP_MS / 5);
    }
  }

  /** Withdraws all broadcasts. Later updates have no effect. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#takeovers.values()) clearTimeout(timer);
    for (const { forwarded } of this.#offered.values()) forwarded.close();
    this.#offered.clear();
  }

  #publish(sessionPath: Path.Valid, publication: Publication): void {
    const forwarded = new ForwardedBroadcast(publication, this.#options.reader);
    this.#offered.set(sessionPath, { publication, forwarded });
    this.#options.publish(sessionPath, forwarded);
  }
}
