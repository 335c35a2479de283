import { sanitizeName, shortId } from '../../common/words/caller-identity.ts';
import type { CallBook } from './call-book.ts';
import { PerMinute } from './limits.ts';

export interface CallersOptions {
  book: CallBook;
  /** Whether everybody is let in at once. */
  autoAccept: boolean;
  /** Rings in a minute of all those together who are not known here. */
  strangersPerMinute: number;
}

/** What the person here thinks of a peer: whether it may ring, whether it is let in at once, how it is called. */
export class Callers {
  readonly #options: CallersOptions;
  readonly #strangers: PerMinute;

  constructor(options: CallersOptions) {
    this.#options = options;
    this.#strangers = new PerMinute(options.strangersPerMinute);
  }

  isBlocked(peer: string): boolean {
    return this.#options.book.contactOf(peer)?.access === 'blocked';
  }

  /** Those the person knows always may; all others together only so often. Asking counts. */
  mayRing(peer: string): boolean {
    const { book, autoAccept } = this.#options;
    const spoke = book.history
      .get()
      .some((call) => call.peer === peer && (call.direction === 'out' || call.durationMs > 0));
    return autoAccept || spoke || book.contactOf(peer) !== undefined || this.#strangers.allows('all');
  }

  /** Whether its calls need no answer. */
  isLetIn(peer: string): boolean {
    return this.#options.autoAccept || this.#options.book.contactOf(peer)?.access === 'auto';
  }

  /** What the person calls the peer; null when it has no name here. */
  nameOf(peer: string): string | null {
    return this.#options.book.contactOf(peer)?.name || null;
  }

  /** The name given here; else the one that the peer claims, with what can be trusted. Null where there is none. */
  who(peer: string, claimed: string): string | null {
    const given = this.nameOf(peer);
    if (given) return given;
    const name = sanitizeName(claimed);
    return name === '' ? null : `${name} (${shortId(peer)})`;
  }
}
