import type { Path } from 'moq-net';
import { sleep } from '../../common/base/sleep.ts';
import { Forward } from './forwarded-broadcast.ts';
import type { Origin, OriginEvent, Publication } from './origin.ts';

/**
 * How long a path stays unpublished before another broadcast takes it over, in milliseconds: readers must see the
 * end of the first one, which the library tells only if it looks in between.
 */
const TAKEOVER_GAP_MS = 100;

export interface OffersOptions {
  origin: Origin;
  /** The session: it is never offered its own broadcasts, and it is what counts as a reader. */
  reader: object;
  /** Whether the session may see a path of the Origin under that name now. */
  sees: (path: Path.Valid, seenAs: Path.Valid) => boolean;
  publish: (seenAs: Path.Valid, forward: Forward) => void;
}

/** What one session is offered of the Origin's broadcasts. */
export class Offers {
  readonly #options: OffersOptions;
  readonly #shown = new Map<Path.Valid, { publication: Publication; forward: Forward }>();
  readonly #takeovers = new Map<Path.Valid, ReturnType<typeof setTimeout>>();
  #closed = false;

  constructor(options: OffersOptions) {
    this.#options = options;
  }

  /** Offers the session what is at a path now, in place of what was there. */
  show(seenAs: Path.Valid, { path, current }: OriginEvent): void {
    if (this.#closed) return;
    const { origin, reader, sees } = this.#options;
    const before = this.#shown.get(seenAs);
    const after = current?.by === reader ? undefined : current;
    if (before?.publication === after) return;
    if (before) {
      before.forward.close();
      this.#shown.delete(seenAs);
    }
    const pending = this.#takeovers.get(seenAs);
    if (!before && !pending) {
      if (after) this.#publish(seenAs, after);
      return;
    }
    clearTimeout(pending);
    const takeOver = () => {
      this.#takeovers.delete(seenAs);
      if (!sees(path, seenAs)) return;
      const newest = origin.get(path);
      if (newest && newest.by !== reader && !this.#closed) this.#publish(seenAs, newest);
    };
    this.#takeovers.set(seenAs, setTimeout(takeOver, TAKEOVER_GAP_MS));
  }

  /** What the session is offered under that name now. */
  find(seenAs: Path.Valid): Forward | undefined {
    return this.#shown.get(seenAs)?.forward;
  }

  /** Takes back what the session may not see any more. */
  review(): void {
    for (const [seenAs, { publication, forward }] of [...this.#shown]) {
      if (this.#options.sees(publication.path, seenAs)) continue;
      forward.close();
      this.#shown.delete(seenAs);
    }
  }

  /** Resolves when the session was offered what is at `path`, if anything is; at the latest after a second. */
  async shown(seenAs: Path.Valid, path: Path.Valid): Promise<void> {
    const deadline = performance.now() + 10 * TAKEOVER_GAP_MS;
    while (
      this.#options.origin.get(path) &&
      !this.#shown.has(seenAs) &&
      !this.#closed &&
      performance.now() < deadline
    ) {
      await sleep(TAKEOVER_GAP_MS / 5);
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#takeovers.values()) clearTimeout(timer);
    for (const { forward } of this.#shown.values()) forward.close();
    this.#shown.clear();
  }

  #publish(seenAs: Path.Valid, publication: Publication): void {
    const forward = new Forward(publication, this.#options.reader);
    this.#shown.set(seenAs, { publication, forward });
    this.#options.publish(seenAs, forward);
  }
}
