import { pathFault } from '../../common/ticket/broadcast-name.ts';
import { normalizeTicket, parseTicket, TICKET_SCHEME, TicketError } from '../../common/ticket/ticket.ts';

/** What `?name=` asks for: nothing, something to watch, or words about what is wrong with it. */
export type WatchName =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'ticket' | 'path';
      /** Where it is on the relay's Origin. */
      readonly path: string;
      /** How a person knows it. */
      readonly label: string;
    }
  | { readonly kind: 'wrong'; readonly message: string };

/** Reads a ticket, a share link or a path on the relay out of an address or a field. Never throws. */
export function readName(text: string): WatchName {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'none' };
  try {
    const path = normalizeTicket(trimmed);
    return { kind: 'ticket', path, label: parseTicket(path).broadcastName };
  } catch (error) {
    if (!(error instanceof TicketError)) throw error;
    if (isTicketLike(trimmed)) return { kind: 'wrong', message: error.message };
  }
  // A link of this relay to what is published on it.
  const linked = linkedName(trimmed);
  if (linked !== null && linked !== trimmed) return readName(linked);
  return pathFault(trimmed) === null
    ? { kind: 'path', path: trimmed, label: trimmed.slice(trimmed.lastIndexOf('/') + 1) }
    : { kind: 'wrong', message: 'This is neither a ticket nor the name of a broadcast on this relay.' };
}

/** Whoever typed this meant a ticket. */
function isTicketLike(text: string): boolean {
  return text.startsWith(TICKET_SCHEME) || /@[a-z2-7]{53,}$/i.test(text);
}

function linkedName(text: string): string | null {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return null;
  return new URL(text).searchParams.get('name');
}
