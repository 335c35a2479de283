import { CALL_NAME } from '../../../common/bridge/bridge.ts';
import { decodeLink, normalizeTicket, TicketError } from '../../../common/ticket/ticket.ts';

/** What was typed into a ticket field: nothing yet, a ticket in its normal form, or words about what is wrong. */
export type TicketInput =
  | { readonly kind: 'empty' }
  | { readonly kind: 'ticket'; readonly ticket: string }
  | { readonly kind: 'wrong'; readonly message: string };

/** Reads a ticket out of what a person typed, pasted or dropped. Never throws. */
export function readTicketInput(text: string): TicketInput {
  if (text.trim() === '') return { kind: 'empty' };
  try {
    return { kind: 'ticket', ticket: normalizeTicket(text) };
  } catch (error) {
    if (error instanceof TicketError) return { kind: 'wrong', message: error.message };
    throw error;
  }
}

/**
 * Reads a ticket out of what was dropped. Links come percent-encoded (text/uri-list, RFC 2483); text that was selected
 * is taken as it stands. Never throws.
 */
export function readDroppedTicket(dropped: { uriList: string; text: string }): TicketInput {
  const [link = ''] = dropped.uriList.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const input = readTicketInput(decodeLink(link));
  // A link to anything may have been given the ticket as its text.
  return input.kind === 'ticket' || dropped.text.trim() === '' ? input : readTicketInput(dropped.text);
}

/** Whether a ticket in its normal form is for calling. */
export function isCallTicket(ticket: string): boolean {
  return ticket.slice(ticket.indexOf('/') + 1) === CALL_NAME;
}
