import { CALL_NAME } from '../../common/bridge/bridge.ts';
import { type PeerAddr, parseTicket } from '../../common/ticket/ticket.ts';

/**
 * Returns the peer of a call ticket.
 *
 * @param localId this endpoint's id
 * @throws TicketError if the text is not a ticket
 * @throws Error with a message for the user if the ticket is for a broadcast, or is the user's own
 */
export function parseCallTicket(text: string, localId: string): PeerAddr {
  const ticket = parseTicket(text);
  if (ticket.broadcastName !== CALL_NAME) {
    throw new Error('This ticket is for watching a broadcast, not for a call.');
  }
  if (ticket.endpointId === localId) {
    throw new Error('This is your own call ticket. Send it to the person who should call you.');
  }
  return ticket;
}
