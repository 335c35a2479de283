import type { CallRecord, CallState, Contact } from '../bridge/bridge.ts';

/** Who somebody is: what to call them, and what of that can be trusted. */
export interface CallerIdentity {
  /** What to call them. */
  name: string;
  /** What can be trusted, where the name is only what they say of themselves. */
  id: string | null;
}

/** What stands for somebody who gives no name. */
export const UNKNOWN_CALLER = 'Unknown caller';

/** Longer names are cut: they would push everything else off the line. */
const MAX_SHOWN_CHARS = 60;

/**
 * Enough of an endpoint id to recognise it by. Ten digits: who makes keys until one begins with six given digits is
 * done soon; four more cost 65,536 times as many.
 */
export function shortId(peer: string): string {
  return peer.slice(0, 10);
}

/** The same, as a person reads it beside a name. */
export function shortIdText(peer: string): string {
  return `id ${shortId(peer)}…`;
}

/** The name the person gave goes before the one that a caller claims. */
export function callerIdentity(call: Pick<CallState, 'peer' | 'contactName' | 'remote'>): CallerIdentity {
  const given = sanitizeName(call.contactName ?? '');
  if (given) return { name: given, id: null };
  return { name: sanitizeName(call.remote?.name ?? '') || UNKNOWN_CALLER, id: shortIdText(call.peer) };
}

/** Who a call of the history was with. */
export function recordedIdentity(record: CallRecord, contacts: readonly Contact[]): CallerIdentity {
  const contactName = contacts.find(({ peer }) => peer === record.peer)?.name ?? null;
  const remote = { name: record.remoteName, muted: false, pictureOff: false, sharing: false };
  return callerIdentity({ peer: record.peer, contactName, remote });
}

/** A name from outside as one line of ordinary text: no control characters, nothing that turns the line around. */
export function sanitizeName(name: string): string {
  const plain = name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  const chars = [...plain];
  return chars.length > MAX_SHOWN_CHARS ? `${chars.slice(0, MAX_SHOWN_CHARS - 1).join('')}…` : plain;
}
