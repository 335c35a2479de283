import type { Readable } from '../../common/base/store.ts';
import type { CallState, Settings } from '../../common/bridge/bridge.ts';
import { claimedName, earlierNameOf } from '../../common/words/caller-identity.ts';
import { isolated, sanitizeName } from '../../common/words/display-name.ts';
import { AttemptLimiter } from '../base/attempt-limiter.ts';
import type { CallBook } from './call-book.ts';
import type { Standing } from './call-history.ts';
import { LookalikeNames } from './lookalike-names.ts';
import { type StrangerRingLimits, StrangerRings } from './stranger-rings.ts';

/** Options for `CallerPolicy`: the contacts, and the rules for peers that are not contacts. */
interface CallerPolicyOptions extends StrangerRingLimits {
  book: CallBook;
  settings: Readable<Pick<Settings, 'onlyContactsRing'>>;
  /** Whether to accept every call immediately. */
  autoAccept: boolean;
  /** Whether only contacts can ring, even if the user's setting allows others. */
  onlyContacts: boolean;
}

/**
 * Maximum number of silenced calls per minute that are added to the history, separately for each `Standing`. Adding a call
 * rewrites the history file.
 */
const SILENCED_RECORDS_PER_MINUTE = 20;

/** What the user knows about a peer, as displayed with the peer's calls. */
export type PeerNames = Pick<CallState, 'contactName' | 'isContact' | 'earlierName' | 'resembles'>;

/**
 * Uses the contacts and the history to decide which peers may ring, which peers' calls are accepted
 * immediately, and which names are shown.
 */
export class CallerPolicy {
  readonly #options: CallerPolicyOptions;
  readonly #strangers: StrangerRings;
  readonly #lookalikes: LookalikeNames;
  readonly #silencedRecords = new AttemptLimiter(SILENCED_RECORDS_PER_MINUTE);

  constructor(options: CallerPolicyOptions) {
    this.#options = options;
    this.#strangers = new StrangerRings(options);
    this.#lookalikes = new LookalikeNames(() => options.book.contacts.get());
  }

  isBlocked(peer: string): boolean {
    return this.#options.book.contactOf(peer)?.access === 'blocked';
  }

  isContact(peer: string): boolean {
    return this.#options.book.isContact(peer);
  }

  standingOf(peer: string): Standing {
    return this.#options.book.standingOf(peer);
  }

  /**
   * Whether a call from the peer may ring. Contacts may always ring. Unless the user allows only contacts,
   * peers that the user has called or talked to may also always ring, and strangers share limits. This check
   * counts a stranger's call toward those limits if the call may ring.
   */
  mayRing(peer: string): boolean {
    const { settings, autoAccept, onlyContacts } = this.#options;
    const standing = this.standingOf(peer);
    if (standing === 'contact') return true;
    if (onlyContacts || settings.get().onlyContactsRing) return false;
    return autoAccept || standing === 'known' || this.#strangers.tryRing(peer);
  }

  /**
   * Must be called when the user has answered a call from the peer. The peer's calls then no longer count
   * toward the limits for strangers.
   */
  recordAnswered(peer: string): void {
    this.#strangers.recordAnswered(peer);
  }

  /**
   * Whether to add a call that did not ring to the history. Every check counts toward a limit per minute. All
   * strangers share one limit, which does not affect peers that the user knows.
   */
  recordsSilenced(peer: string): boolean {
    return this.#silencedRecords.allows(this.standingOf(peer));
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
  displayName(peer: string, claimed: string): string | null {
    const contactName = sanitizeName(this.contactName(peer) ?? '');
    if (contactName) return isolated(contactName);
    const name = sanitizeName(claimed) || sanitizeName(this.earlierName(peer) ?? '');
    return name === '' ? null : claimedName(name, peer);
  }

  /**
   * Returns the peer's known names, whether the peer is a contact, and the name of a contact that the user
   * could mistake the peer for. `claimed` is the name that the peer claims in this call.
   */
  namesOf(peer: string, claimed: string): PeerNames {
    const [contactName, earlierName] = [this.contactName(peer), this.earlierName(peer)];
    const shown = sanitizeName(claimed) || earlierName;
    const resembles = contactName === null && shown ? this.#lookalikes.find(shown) : null;
    return { contactName, isContact: this.isContact(peer), earlierName, resembles };
  }
}
