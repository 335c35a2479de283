import type { CallRecord, CallState, Contact } from '../bridge/bridge.ts';
import { isolated, sanitizeName } from './display-name.ts';

/** The name that the app shows for a peer. */
export interface CallerIdentity {
  name: string;
  /** The name for use inside a sentence. Includes the short id if the peer itself claims the name. */
  inSentence: string;
  /** Whether the peer has a name. If not, `name` is a general term for the other side of the call. */
  named: boolean;
  /**
   * The short id, which is shown next to a name that the peer itself claims; null if the name is from the contacts.
   */
  id: string | null;
  /** Whether the peer is in the contacts. If the contact has no name, `name` is the name that the peer claims. */
  isContact: boolean;
  /** The name of a contact that the user could mistake this peer for; null if there is none. */
  resembles: string | null;
}

/**
 * What to call a peer that has no name. For an outgoing call, the user needed a ticket from the peer, so the
 * peer is not a stranger.
 */
const unnamed = {
  out: { name: 'Your friend', inSentence: 'your friend' },
  in: { name: 'Unknown caller', inSentence: 'an unknown caller' },
} as const;

/** The label for people who are not in the user's contacts. */
export const NOT_A_CONTACT = 'Not in your contacts';
/** The label for people who are in the user's contacts. */
export const IS_CONTACT = 'In your contacts';

/** Whether the user has added the person to the contacts. A person who is only blocked is not a contact. */
export function isInContacts(contact: Contact | undefined): boolean {
  return contact !== undefined && contact.access !== 'blocked';
}

/**
 * Returns the first ten digits of an endpoint id, which are enough to recognize a peer. An attacker can
 * quickly generate a key that matches six given digits; matching ten takes 65,536 times as long.
 */
export function shortId(peer: string): string {
  return peer.slice(0, 10);
}

/** Returns the short id in the form that is shown next to a name. */
export function shortIdText(peer: string): string {
  return `ID ${shortId(peer)}…`;
}

/** The parts of a call that `callerIdentity` needs. */
type IdentifiedCall = Pick<
  CallState,
  'peer' | 'direction' | 'contactName' | 'isContact' | 'earlierName' | 'remote' | 'resembles'
>;

/**
 * Determines what to call the peer of a call: its name in the contacts, the name that it claims or has
 * claimed in an earlier call, or a general term.
 */
export function callerIdentity(call: IdentifiedCall): CallerIdentity {
  const contactName = sanitizeName(call.contactName ?? '');
  if (contactName) {
    const inSentence = isolated(contactName);
    return { name: contactName, inSentence, named: true, id: null, isContact: true, resembles: null };
  }
  const id = shortIdText(call.peer);
  const isContact = call.isContact ?? false;
  const claimed = sanitizeName(call.remote?.name ?? '') || sanitizeName(call.earlierName ?? '');
  if (!claimed) return { ...unnamed[call.direction], named: false, id, isContact, resembles: null };
  const inSentence = claimedName(claimed, call.peer);
  return { name: claimed, inSentence, named: true, id, isContact, resembles: call.resembles ?? null };
}

/**
 * Returns a name that a peer claims, followed by the peer's short id, for use inside a sentence. `name` must
 * already be sanitized.
 */
export function claimedName(name: string, peer: string): string {
  return `${isolated(name)} (${shortId(peer)})`;
}

/**
 * Determines the name of the peer in a past call. `history` contains the names that the peer claimed in other
 * calls.
 */
export function recordedIdentity(
  record: CallRecord,
  contacts: readonly Contact[],
  history: readonly CallRecord[],
): CallerIdentity {
  const contact = contacts.find(({ peer }) => peer === record.peer);
  const contactName = contact?.name ?? null;
  const isContact = isInContacts(contact);
  const earlierName = earlierNameOf(record.peer, history);
  const remote = { name: record.remoteName, muted: false, pictureOff: false, sharing: false };
  return callerIdentity({ ...record, contactName, isContact, earlierName, remote });
}

/**
 * Returns the name that a peer claimed in the most recent call in which it claimed one, or null if there is
 * none. `history` is newest first.
 */
export function earlierNameOf(peer: string, history: readonly CallRecord[]): string | null {
  return history.find((record) => record.peer === peer && record.remoteName !== '')?.remoteName ?? null;
}

/** Returns the term for a peer without a name, with its short id, for use inside a sentence. */
export function unnamedPeer(direction: CallState['direction'], peer: string): string {
  return `${unnamed[direction].inSentence} (${shortId(peer)})`;
}
