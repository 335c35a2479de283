import { findNormalTicket } from '../../../common/ticket/find-ticket.ts';
import { decodeLink, TicketError } from '../../../common/ticket/ticket.ts';
import { UsageError } from '../../base/option-values.ts';

/**
 * Returns the normal form of a ticket from the command line. The system may have percent-encoded the ticket,
 * and an email or chat program may have added characters around it.
 *
 * @throws UsageError if the text contains no ticket
 */
export function readTicketArgument(text: string): string {
  try {
    return findNormalTicket(decodeLink(text));
  } catch (error) {
    if (error instanceof TicketError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
