import type { CallRecord, CallState, Contact } from '../bridge/bridge.ts';

/** The name under which a peer is shown to the user. */
export interface CallerIdentity {
  name: string;
  /** The name for use inside a sentence. It differs from `name` only if the peer has no name. */
  inSentence: string;
  /** Whether the peer has a name. If not, `name` is a general term for the other side of the call. */
  named: boolean;
  /**
   * The short id, which is shown next to a name that the peer itself claims; null if the name is from the contacts.
   */
  id: string | null;
}

/**
 * The terms for a peer without a name. To make an outgoing call, the user needs a ticket from the peer, so
 * that peer is not a stranger.
 */
const unnamed = {
  out: { name: 'Your friend', inSentence: 'your friend' },
  in: { name: 'Unknown caller', inSentence: 'an unknown caller' },
} as const;

/**
 * Maximum length of a name in characters. Longer names are truncated, so that they leave room for the rest of
 * the line.
 */
const MAX_SHOWN_CHARS = 60;

/**
 * Returns the first ten digits of an endpoint id, which are enough to recognize a peer. An attacker can
 * quickly find a key whose id begins with six given digits, but matching ten digits takes 65,536 times as
 * long.
 */
export function shortId(peer: string): string {
  return peer.slice(0, 10);
}

/** The short id as it is shown next to a name. */
export function shortIdText(peer: string): string {
  return `ID ${shortId(peer)}…`;
}

/** The parts of a call that `callerIdentity` needs. */
type IdentifiedCall = Pick<CallState, 'peer' | 'direction' | 'contactName' | 'earlierName' | 'remote'>;

/**
 * Determines the name of a call's peer: the name from the contacts, or the name that the peer claims in this
 * call or claimed in an earlier call, or a general term for the other side of the call.
 */
export function callerIdentity(call: IdentifiedCall): CallerIdentity {
  const contactName = sanitizeName(call.contactName ?? '');
  if (contactName) return { name: contactName, inSentence: contactName, named: true, id: null };
  const id = shortIdText(call.peer);
  const claimed = sanitizeName(call.remote?.name ?? '') || sanitizeName(call.earlierName ?? '');
  return claimed
    ? { name: claimed, inSentence: claimed, named: true, id }
    : { ...unnamed[call.direction], named: false, id };
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
  const contactName = contacts.find(({ peer }) => peer === record.peer)?.name ?? null;
  const remote = { name: record.remoteName, muted: false, pictureOff: false, sharing: false };
  return callerIdentity({ ...record, contactName, earlierName: earlierNameOf(record.peer, history), remote });
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

/**
 * Reduces a name from a peer to one short line, without control and formatting characters such as those for
 * text direction.
 */
export function sanitizeName(name: string): string {
  const plain = name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  const chars = [...plain];
  return chars.length > MAX_SHOWN_CHARS ? `${chars.slice(0, MAX_SHOWN_CHARS - 1).join('')}…` : plain;
}
