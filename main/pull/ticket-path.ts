import { Path } from 'moq-net';
import { formatTicket, parseTicket, type Ticket, TicketError } from '../../common/ticket/ticket.ts';

/** Fewer characters hold no endpoint's key. */
const LEAST_CHARS = 40;

/**
 * The ticket that a path spells, in any form, and the path of its normal form, which is the same for all; undefined
 * for a path that is no ticket.
 */
export function ticketOf(path: Path.Valid): { ticket: Ticket; path: Path.Valid } | undefined {
  if (path.length < LEAST_CHARS || path.includes('://')) return undefined;
  try {
    const ticket = parseTicket(path);
    return { ticket, path: Path.from(formatTicket(ticket)) };
  } catch (error) {
    if (error instanceof TicketError) return undefined;
    throw error;
  }
}
