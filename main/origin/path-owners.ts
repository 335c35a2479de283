import type { Path } from 'moq-net';

/** Ids that identify a publisher across sessions. */
export type PublisherIds = readonly string[];

/** Who publishes a broadcast. */
export interface PublisherIdentity {
  /** The publisher, usually a session. */
  by: object;
  /**
   * Ids that identify the publisher across sessions, for example its token or endpoint id. Publishers with a
   * common id are the same publisher. Empty or undefined if the publisher cannot be recognized.
   */
  publisher?: PublisherIds | undefined;
}

/**
 * How long a path stays reserved for a publisher whose session has ended, in ms. Without the reservation, a
 * waiting publisher would get the path after a short outage. The app and the relay's pages reconnect within a
 * few seconds.
 */
const HOLD_MS = 10_000;
/** Maximum number of reserved paths. The oldest reservation is dropped first. */
const MAX_HELD = 4_096;

/** Whether two broadcasts have the same publisher, so that one may replace the other. */
export function isSamePublisher(a: PublisherIdentity, b: PublisherIdentity): boolean {
  return a.by === b.by || sharesId(a.publisher, b.publisher);
}

/** Whether two publishers have at least one id in common. */
export function sharesId(a: PublisherIds = [], b: PublisherIds = []): boolean {
  return a.some((id) => b.includes(id));
}

/**
 * Remembers the publishers whose sessions have just ended, and the paths reserved for them. Nothing is
 * reserved for a publisher without an identity, because it could not be recognized.
 */
export class PathOwners {
  readonly #held = new Map<Path.Valid, { publisher: PublisherIds; timer: NodeJS.Timeout }>();
  readonly #onExpired: (path: Path.Valid) => void;
  readonly #holdMs: number;

  /** @param onExpired called when a path is no longer reserved for its publisher */
  constructor(onExpired: (path: Path.Valid) => void, holdMs = HOLD_MS) {
    this.#onExpired = onExpired;
    this.#holdMs = holdMs;
  }

  /** Returns the publisher that a path is reserved for; undefined if it is not reserved. */
  holder(path: Path.Valid): PublisherIds | undefined {
    return this.#held.get(path)?.publisher;
  }

  /** Reserves a path for a publisher that may return. */
  hold(path: Path.Valid, publisher: PublisherIds = []): void {
    if (publisher.length === 0) return;
    this.release(path);
    const [oldest] = this.#held.keys();
    if (this.#held.size >= MAX_HELD && oldest !== undefined) this.#expire(oldest);
    const timer = setTimeout(() => this.#expire(path), this.#holdMs);
    timer.unref();
    this.#held.set(path, { publisher, timer });
  }

  /** Ends the reservation of a path, for example because its publisher has returned. */
  release(path: Path.Valid): void {
    clearTimeout(this.#held.get(path)?.timer);
    this.#held.delete(path);
  }

  #expire(path: Path.Valid): void {
    this.release(path);
    this.#onExpired(path);
  }
}

/**
 * Returns the index where a broadcast must be inserted into the list for its path. The last broadcast in the
 * list is the current one. The current publisher replaces its own broadcast. Other publishers wait in order
 * of arrival, and keep their place if they reconnect.
 *
 * @param isOwner whether the broadcast comes from the path's current publisher
 */
export function insertionIndex(
  stack: readonly PublisherIdentity[],
  added: PublisherIdentity,
  isOwner: boolean,
): number {
  if (isOwner) return stack.length;
  return stack.findLastIndex((queued) => isSamePublisher(queued, added)) + 1;
}
