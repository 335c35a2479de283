import type { CallRecord, CallState, Contact } from '../bridge/bridge.ts';

/** How a peer is named to the user. */
interface CallerIdentity {
  name: string;
  /** The short id, to be shown next to a name that the peer claims for itself; null if the name is from the contacts. */
  id: string | null;
}

/** The name of a peer that gives none. */
export const UNKNOWN_CALLER = 'Unknown caller';

/** Longer names are cut, so that they leave room for the rest of the line. */
const MAX_SHOWN_CHARS = 60;

/**
 * The first ten digits of an endpoint id, enough to recognise a peer. A key whose id begins with six given digits is found
 * quickly; four more digits take 65,536 times as long.
 */
export function shortId(peer: string): string {
  return peer.slice(0, 10);
}

/** The short id as shown next to a name. */
export function shortIdText(peer: string): string {
  return `id ${shortId(peer)}…`;
}

/** How to name the peer of a call. The name in the contacts takes precedence over the one that the peer claims. */
export function callerIdentity(call: Pick<CallState, 'peer' | 'contactName' | 'remote'>): CallerIdentity {
  const contactName = sanitizeName(call.contactName ?? '');
  if (contactName) return { name: contactName, id: null };
  return { name: sanitizeName(call.remote?.name ?? '') || UNKNOWN_CALLER, id: shortIdText(call.peer) };
}

/** How to name the peer of a call in the history. */
export function recordedIdentity(record: CallRecord, contacts: readonly Contact[]): CallerIdentity {
  const contactName = contacts.find(({ peer }) => peer === record.peer)?.name ?? null;
  const remote = { name: record.remoteName, muted: false, pictureOff: false, sharing: false };
  return callerIdentity({ peer: record.peer, contactName, remote });
}

/** Reduces a name from outside to one short line: removes control and formatting characters, such as text direction. */
export function sanitizeName(name: string): string {
  const plain = name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  const chars = [...plain];
  return chars.length > MAX_SHOWN_CHARS ? `${chars.slice(0, MAX_SHOWN_CHARS - 1).join('')}…` : plain;
}
