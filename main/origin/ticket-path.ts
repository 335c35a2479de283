import { Path } from 'moq-net';
import {
  formatTicket,
  parseTicket,
  TICKET_SCHEME,
  type Ticket,
  TicketError,
} from '../../common/ticket/ticket.ts';
import { LruMap } from '../base/lru-map.ts';

/** Minimum length of a ticket in characters. Shorter paths cannot contain an endpoint's public key. */
const MIN_TICKET_CHARS = 40;

/**
 * Parses a path that is a ticket in any encoding. Returns the ticket and its normal form as a path, which is
 * the same for every encoding. Returns undefined if the path is not a ticket.
 */
export function parseTicketPath(path: Path.Valid): { ticket: Ticket; path: Path.Valid } | undefined {
  if (path.length < MIN_TICKET_CHARS || path.includes('://')) return undefined;
  try {
    const ticket = parseTicket(path);
    return { ticket, path: Path.from(formatTicket(ticket)) };
  } catch (error) {
    if (error instanceof TicketError) return undefined;
    throw error;
  }
}

/**
 * Maximum number of long paths for which `isTicketPath` remembers the result. It is called for every announced path and
 * every session.
 */
const MAX_REMEMBERED = 1_024;
const remembered = new LruMap<boolean>(MAX_REMEMBERED);

/** Whether a path is a ticket in any encoding, or starts with the ticket scheme. */
export function isTicketPath(path: Path.Valid): boolean {
  if (path.startsWith(TICKET_SCHEME)) return true;
  if (path.length < MIN_TICKET_CHARS) return false;
  let isTicket = remembered.get(path);
  if (isTicket === undefined) {
    isTicket = parseTicketPath(path) !== undefined;
    remembered.set(path, isTicket);
  }
  return isTicket;
}
