import { sanitizeName, shortId } from '../../common/words/caller-identity.ts';
import { AttemptLimiter } from '../base/attempt-limiter.ts';
import type { CallBook } from './call-book.ts';

/** The contacts, and the rules for peers that are not among them. */
interface CallerPolicyOptions {
  book: CallBook;
  /** Whether every call is accepted at once. */
  autoAccept: boolean;
  /** Ringing calls per minute from all unknown peers together. */
  strangersPerMinute: number;
}

/** Answers from the contacts and the history which peers may ring, which are accepted at once, and what to call them. */
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

  /** Whether a call of the peer may ring. Known peers always may; unknown peers share one limit, and each query counts. */
  mayRing(peer: string): boolean {
    const { book, autoAccept } = this.#options;
    const hasSpoken = book.history
      .get()
      .some((call) => call.peer === peer && (call.direction === 'out' || call.durationMs > 0));
    return autoAccept || hasSpoken || book.contactOf(peer) !== undefined || this.#strangers.allows('all');
  }

  /** Whether calls of the peer are accepted without the user. */
  autoAccepts(peer: string): boolean {
    return this.#options.autoAccept || this.#options.book.contactOf(peer)?.access === 'auto';
  }

  /** The name from the contacts; null if there is none. */
  contactName(peer: string): string | null {
    return this.#options.book.contactOf(peer)?.name || null;
  }

  /** The name from the contacts, or the name that the peer claims followed by its short id. Null if neither exists. */
  displayName(peer: string, claimedName: string): string | null {
    const contactName = this.contactName(peer);
    if (contactName) return contactName;
    const name = sanitizeName(claimedName);
    return name === '' ? null : `${name} (${shortId(peer)})`;
  }
}
