import { findNormalTicket } from '../../../common/ticket/find-ticket.ts';
import { decodeLink, TicketError } from '../../../common/ticket/ticket.ts';
import { UsageError } from '../../base/option-values.ts';

/**
 * Returns the normal form of a ticket from the command line, which may be a link that the system
 * percent-encoded, or may carry extra characters from an email or chat program.
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
