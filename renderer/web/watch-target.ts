import { pathFault } from '../../common/ticket/broadcast-name.ts';
import { findNormalTicket } from '../../common/ticket/find-ticket.ts';
import { parseTicket, TICKET_SCHEME, TicketError } from '../../common/ticket/ticket.ts';
import { sanitizeName } from '../../common/words/display-name.ts';

/**
 * The broadcast named by a `?name=` parameter or the ticket field: none, a valid one, or an error message for
 * the user.
 */
export type WatchTarget =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'ticket' | 'path';
      /** The broadcast's path on the relay's Origin; for a ticket, the normalized ticket. */
      readonly path: string;
      /** The name to display. */
      readonly label: string;
    }
  | { readonly kind: 'wrong'; readonly message: string };

/** Parses a ticket, a share link or a path on the relay. Never throws. */
export function parseWatchTarget(text: string): WatchTarget {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'none' };
  try {
    const path = findNormalTicket(trimmed);
    return { kind: 'ticket', path, label: shownName(parseTicket(path).broadcastName) };
  } catch (error) {
    if (!(error instanceof TicketError)) throw error;
    if (looksLikeTicket(trimmed)) return { kind: 'wrong', message: error.message };
  }
  // If the text contains a link, parse the name in that link.
  const name = nameInLink(trimmed);
  if (name !== null && name !== trimmed) return parseWatchTarget(name);
  return pathFault(trimmed) === null
    ? { kind: 'path', path: trimmed, label: shownName(trimmed.slice(trimmed.lastIndexOf('/') + 1)) }
    : { kind: 'wrong', message: 'This is neither a ticket nor the name of a broadcast on this relay.' };
}

function shownName(name: string): string {
  return sanitizeName(name) || 'Unnamed broadcast';
}

/** Whether the text looks like a ticket. If so, the ticket parser's error message is the most helpful one. */
function looksLikeTicket(text: string): boolean {
  return text.toLowerCase().includes(TICKET_SCHEME) || /@[a-z2-7]{53,}$/i.test(text);
}

/** Returns the name in the first web link in `text`; null if there is none. */
function nameInLink(text: string): string | null {
  const [link] = /https?:\/\/[^\s<>"“”]{1,8192}/i.exec(text) ?? [];
  if (link === undefined || !URL.canParse(link)) return null;
  return new URL(link).searchParams.get('name');
}
