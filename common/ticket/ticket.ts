import { decodeBase32, decodeBase64Url, encodeBase64Url } from './base-n.ts';
import { decodeEndpointAddr, encodeEndpointAddr, type PeerAddr } from './endpoint-addr.ts';
import { TicketError } from './ticket-error.ts';

export type { PeerAddr } from './endpoint-addr.ts';
export { TicketError, type TicketFault, ticketFaults } from './ticket-error.ts';

/** What a friend needs in order to watch: where the publisher is, and which broadcast. */
export interface Ticket extends PeerAddr {
  readonly broadcastName: string;
}

export interface ParseOptions {
  /** The codec can carry an empty name, but there is no broadcast to watch under it. Default: refused. */
  allowEmptyName?: boolean;
}

/** The scheme of tickets, which is also that of the links the system opens with this app. */
export const TICKET_SCHEME = 'iroh-live:';

/** What still fits a QR code (4296 characters), and far beyond any real ticket. */
export const MAX_TICKET_CHARS = 4096;

/** A key and a count: the fewest characters that an address takes in base 32. */
const MIN_BASE32_CHARS = 53;

/**
 * Reads a ticket in any accepted form, white space around it aside:
 *
 * - `iroh-live:<base64url>/<name>`, with or without the scheme; the first `/` ends the address;
 * - `<name>@<base32>`, the older form, any case; the last `@` begins the address;
 * - a share link: a web address whose query has one of these as `name`.
 *
 * @throws TicketError for everything else.
 */
export function parseTicket(text: string, options: ParseOptions = {}): Ticket {
  const trimmed = text.trim();
  if (trimmed === '')
    throw new TicketError('empty', 'There is no ticket here: paste the one your friend sent.');
  if (trimmed.length > MAX_TICKET_CHARS) {
    throw new TicketError(
      'too-long',
      `This is too long for a ticket (more than ${MAX_TICKET_CHARS} characters).`,
    );
  }
  const ticket = /^https?:\/\//i.test(trimmed) ? readShareLink(trimmed) : readTicket(trimmed);
  if (ticket.broadcastName === '' && !options.allowEmptyName) {
    throw new TicketError(
      'name-missing',
      'The ticket is incomplete: it does not say which broadcast to watch.',
    );
  }
  return ticket;
}

/**
 * Writes a ticket in its normal form, `iroh-live:<base64url>/<name>`, bit for bit as iroh-live does.
 *
 * @throws TicketError when a part of it could not be read back.
 */
export function formatTicket(ticket: Ticket): string {
  const { broadcastName } = ticket;
  if (broadcastName !== broadcastName.trimEnd() || !broadcastName.isWellFormed()) {
    throw new TicketError(
      'bad-name',
      'The name of a broadcast cannot end with a space or hold broken characters.',
    );
  }
  const text = `${TICKET_SCHEME}${encodeBase64Url(encodeEndpointAddr(ticket))}/${broadcastName}`;
  if (text.length > MAX_TICKET_CHARS) {
    throw new TicketError('too-long', 'The name and addresses are too long for a ticket.');
  }
  return text;
}

/**
 * The normal form of a ticket in any accepted form. Equal tickets have equal normal forms.
 *
 * @throws TicketError
 */
export function normalizeTicket(text: string, options: ParseOptions = {}): string {
  return formatTicket(parseTicket(text, options));
}

/**
 * The text of a link that a browser or the system handed over: they percent-encode what a ticket holds as it is. For
 * links only: a name may hold a "%" of its own. What is no encoding, or is a web address, which decodes its parts by
 * itself, comes back unchanged.
 */
export function decodeLink(text: string): string {
  const trimmed = text.trim();
  if (!/^[\x21-\x7e]*%[\x21-\x7e]*$/.test(trimmed) || /^https?:/i.test(trimmed)) return text;
  try {
    return decodeURIComponent(trimmed);
  } catch {
    return text;
  }
}

function readShareLink(text: string): Ticket {
  const name = URL.canParse(text) ? new URL(text).searchParams.get('name')?.trim() : undefined;
  if (!name) {
    throw new TicketError('wrong-scheme', 'This web link holds no ticket (it has no "name=" with one).');
  }
  return readTicket(name);
}

function readTicket(text: string): Ticket {
  if (text.startsWith(TICKET_SCHEME)) return readNormal(text.slice(TICKET_SCHEME.length));
  const at = text.lastIndexOf('@');
  if (at >= 0) {
    // Both forms may hold '@' and '/' in their names. Like iroh-live, what can be read as the older form is that.
    const encoded = text.slice(at + 1);
    const legacy = attempt(() => readLegacy(text.slice(0, at), encoded));
    if (legacy instanceof TicketError && text.includes('/') && !hasScheme(text)) {
      const normal = attempt(() => readNormal(text));
      // Neither can be read: tell what is wrong with the one that was probably meant.
      if (!(normal instanceof TicketError)) return normal;
      if (encoded.length < MIN_BASE32_CHARS) throw normal;
    }
    if (legacy instanceof TicketError) throw hasScheme(text) ? wrongScheme() : legacy;
    return legacy;
  }
  if (hasScheme(text)) throw wrongScheme();
  return readNormal(text);
}

function readNormal(text: string): Ticket {
  const slash = text.indexOf('/');
  if (slash < 0) {
    throw new TicketError(
      'name-missing',
      'This is not a whole ticket: it has no "/" with the name of the broadcast after it.',
    );
  }
  const bytes = decodeBase64Url(text.slice(0, slash));
  if (!bytes) {
    throw new TicketError(
      'not-base64url',
      'This is not a ticket: its address has characters that do not belong there.',
    );
  }
  return wellNamed(bytes, text.slice(slash + 1));
}

function readLegacy(name: string, encoded: string): Ticket {
  const bytes = decodeBase32(encoded);
  if (!bytes) {
    throw new TicketError('not-base32', 'This is not a ticket: what follows the "@" is not an address.');
  }
  return wellNamed(bytes, name);
}

function wellNamed(bytes: Uint8Array, broadcastName: string): Ticket {
  const addr = decodeEndpointAddr(bytes);
  // Every ticket that was read can be written again.
  if (!broadcastName.isWellFormed() || broadcastName !== broadcastName.trimEnd()) {
    throw new TicketError(
      'bad-name',
      "The name of the ticket's broadcast ends with a space or holds broken characters.",
    );
  }
  return { ...addr, broadcastName };
}

function attempt<T>(read: () => T): T | TicketError {
  try {
    return read();
  } catch (error) {
    if (error instanceof TicketError) return error;
    throw error;
  }
}

/** Whether a scheme comes first (RFC 3986). An address in base64url holds no colon, so the normal form has none. */
function hasScheme(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text);
}

function wrongScheme(): TicketError {
  return new TicketError(
    'wrong-scheme',
    `This is another kind of link: a ticket begins with "${TICKET_SCHEME}".`,
  );
}
