import { CALL_NAME } from '../../../common/bridge/bridge.ts';
import { findNormalTicket } from '../../../common/ticket/find-ticket.ts';
import { decodeLink, TicketError } from '../../../common/ticket/ticket.ts';

/** The content of a ticket field: empty, a normalized ticket, or an error message for the user. */
export type TicketInput =
  | { readonly kind: 'empty' }
  | { readonly kind: 'ticket'; readonly ticket: string }
  | { readonly kind: 'wrong'; readonly message: string };

/** Finds the ticket in text that the user typed, pasted or dropped. Never throws. */
export function readTicketInput(text: string): TicketInput {
  if (text.trim() === '') return { kind: 'empty' };
  try {
    return { kind: 'ticket', ticket: findNormalTicket(text) };
  } catch (error) {
    if (error instanceof TicketError) return { kind: 'wrong', message: error.message };
    throw error;
  }
}

/**
 * Parses a ticket from dropped data. A URI list (text/uri-list, RFC 2483) is percent-decoded; plain text is
 * used as is. Never throws.
 */
export function readDroppedTicket(dropped: { uriList: string; text: string }): TicketInput {
  const [link = ''] = dropped.uriList.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const input = readTicketInput(decodeLink(link));
  // A dragged link might point elsewhere and contain the ticket only in its text.
  return input.kind === 'ticket' || dropped.text.trim() === '' ? input : readTicketInput(dropped.text);
}

/** Returns a normalized ticket with another broadcast name, or the ticket itself if `name` is undefined. */
export function ticketForName(ticket: string, name: string | undefined): string {
  return name === undefined ? ticket : `${ticket.slice(0, ticket.indexOf('/') + 1)}${name}`;
}

/** Whether a normalized ticket is a call ticket. */
export function isCallTicket(ticket: string): boolean {
  return ticket.slice(ticket.indexOf('/') + 1) === CALL_NAME;
}
