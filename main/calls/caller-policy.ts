import { earlierNameOf, sanitizeName, shortId } from '../../common/words/caller-identity.ts';
import { AttemptLimiter } from '../base/attempt-limiter.ts';
import type { CallBook } from './call-book.ts';

/** Options for `CallerPolicy`: the contacts, and the rules for peers that are not contacts. */
interface CallerPolicyOptions {
  book: CallBook;
  /** Whether to accept every call immediately. */
  autoAccept: boolean;
  /** Maximum number of calls per minute that may ring from all unknown peers together. */
  strangersPerMinute: number;
}

/**
 * Determines from the contacts and the history which peers may ring, which are accepted immediately, and how they are
 * named.
 */
export class CallerPolicy {
  readonly #options: CallerPolicyOptions;
  readonly #strangers: AttemptLimiter;

  constructor(options: CallerPolicyOptions) {
    this.#options = options;
    this.#strangers = new AttemptLimiter(options.strangersPerMinute);
  }

  isBlocked(peer: string): boolean {
    return this.#options.book.contactOf(peer)?.access === 'blocked';
  }

  /**
   * Whether a call from the peer may ring. Calls from known peers always may. Unknown peers share a limit, and each
   * check of an unknown peer counts toward it.
   */
  mayRing(peer: string): boolean {
    const { book, autoAccept } = this.#options;
    const hasSpoken = book.history
      .get()
      .some((call) => call.peer === peer && (call.direction === 'out' || call.durationMs > 0));
    return autoAccept || hasSpoken || book.contactOf(peer) !== undefined || this.#strangers.allows('all');
  }

  /** Whether to accept calls from the peer without asking the user. */
  autoAccepts(peer: string): boolean {
    return this.#options.autoAccept || this.#options.book.contactOf(peer)?.access === 'auto';
  }

  /** Returns the peer's name in the contacts; null if there is none. */
  contactName(peer: string): string | null {
    return this.#options.book.contactOf(peer)?.name || null;
  }

  /** Returns the name that the peer claimed in an earlier call; null if there is none. */
  earlierName(peer: string): string | null {
    return earlierNameOf(peer, this.#options.book.history.get());
  }

  /**
   * Returns the peer's name in the contacts, or the name that the peer claims or has claimed, together with its short
   * id. Returns null if no such name is known.
   */
  displayName(peer: string, claimedName: string): string | null {
    const contactName = this.contactName(peer);
    if (contactName) return contactName;
    const name = sanitizeName(claimedName) || sanitizeName(this.earlierName(peer) ?? '');
    return name === '' ? null : `${name} (${shortId(peer)})`;
  }
}
