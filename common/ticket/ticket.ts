import { decodeBase32, decodeBase64Url, encodeBase64Url } from './base-n.ts';
import { decodeEndpointAddr, encodeEndpointAddr, type PeerAddr } from './endpoint-addr.ts';
import { TicketError } from './ticket-error.ts';

export type { PeerAddr } from './endpoint-addr.ts';
export { TicketError, type TicketFault, ticketFaults } from './ticket-error.ts';

/**
 * The contents of a ticket: the publisher's address and the broadcast name. A viewer needs nothing else to
 * watch the broadcast.
 */
export interface Ticket extends PeerAddr {
  readonly broadcastName: string;
}

/** Options for `parseTicket`. */
export interface ParseOptions {
  /**
   * Whether an empty name is accepted. The format allows it, but no broadcast has an empty name. Default:
   * false.
   */
  allowEmptyName?: boolean;
}

/** The URL scheme for tickets. The system opens links with this scheme in the app. */
export const TICKET_SCHEME = 'iroh-live:';

/**
 * Maximum length of a ticket in characters. It fits into a QR code (4296 characters), and real tickets are much
 * shorter.
 */
export const MAX_TICKET_CHARS = 4096;

/** Minimum length in characters of a base 32 address, which contains a key and a count. */
const MIN_BASE32_CHARS = 53;

/**
 * Parses a ticket in any accepted form. Leading and trailing whitespace is ignored. For text from a person, use
 * `findTicket`.
 *
 * - `iroh-live:<base64url>/<name>`, with or without the scheme; the address ends at the first `/`;
 * - `<name>@<base32>`, the older form, in any case; the address begins after the last `@`;
 * - a share link: a web address with one of these forms in its query parameter `name`.
 *
 * @throws TicketError for any other text.
 */
export function parseTicket(text: string, options: ParseOptions = {}): Ticket {
  const trimmed = text.trim();
  if (trimmed === '')
    throw new TicketError('empty', 'The text is empty. Paste the ticket that your friend sent.');
  if (trimmed.length > MAX_TICKET_CHARS) {
    throw new TicketError(
      'too-long',
      `This text is too long for a ticket (more than ${MAX_TICKET_CHARS} characters).`,
    );
  }
  const ticket = /^https?:\/\//i.test(trimmed) ? readShareLink(trimmed) : readTicket(trimmed);
  if (ticket.broadcastName === '' && !options.allowEmptyName) {
    throw new TicketError('name-missing', 'The ticket is incomplete: the name of the broadcast is missing.');
  }
  return ticket;
}

/**
 * Formats a ticket in its normal form, `iroh-live:<base64url>/<name>`. The output is identical to
 * iroh-live's.
 *
 * @throws TicketError if a part of the ticket would change when the result is parsed
 */
export function formatTicket(ticket: Ticket): string {
  const { broadcastName } = ticket;
  if (broadcastName !== broadcastName.trimEnd() || !broadcastName.isWellFormed()) {
    throw new TicketError(
      'bad-name',
      'The name of a broadcast cannot end with a space or contain invalid characters.',
    );
  }
  const text = `${TICKET_SCHEME}${encodeBase64Url(encodeEndpointAddr(ticket))}/${broadcastName}`;
  if (text.length > MAX_TICKET_CHARS) {
    throw new TicketError('too-long', 'The name and addresses are too long for a ticket.');
  }
  return text;
}

/**
 * Converts a ticket in any accepted form to its normal form. Equal tickets have equal normal forms.
 *
 * @throws TicketError
 */
export function normalizeTicket(text: string, options: ParseOptions = {}): string {
  return formatTicket(parseTicket(text, options));
}

/**
 * Percent-decodes a link from a browser or the system, because both encode some characters that tickets
 * contain literally (WHATWG URL, opaque path state). Do not use this for a typed ticket, because its name may
 * contain a literal "%". Web addresses are returned unchanged.
 */
export function decodeLink(text: string): string {
  const trimmed = text.trim();
  if (/^https?:/i.test(trimmed) || !/^[\x20-\x7e]*$/.test(trimmed)) return text;
  if (!(trimmed.includes(' ') ? /%[89a-f][0-9a-f]/i : /%/).test(trimmed)) return text;
  try {
    return decodeURIComponent(trimmed);
  } catch {
    return text;
  }
}

function readShareLink(text: string): Ticket {
  const name = URL.canParse(text) ? new URL(text).searchParams.get('name')?.trim() : undefined;
  if (!name) {
    throw new TicketError('wrong-scheme', 'This web link contains no ticket: it has no "name=" parameter.');
  }
  return readTicket(name);
}

function readTicket(text: string): Ticket {
  if (text.startsWith(TICKET_SCHEME)) return readNormal(text.slice(TICKET_SCHEME.length));
  const at = text.lastIndexOf('@');
  if (at >= 0) {
    // Names may contain '@' and '/' in both forms. If the text can be read in the older form, that form is preferred,
    // as in iroh-live.
    const encoded = text.slice(at + 1);
    const legacy = attempt(() => readLegacy(text.slice(0, at), encoded));
    if (legacy instanceof TicketError && text.includes('/') && !hasScheme(text)) {
      const normal = attempt(() => readNormal(text));
      if (!(normal instanceof TicketError)) return normal;
      // Neither form is valid. Report the fault in the form that was probably intended.
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
      'This is not a complete ticket: the "/" with the name of the broadcast is missing.',
    );
  }
  const address = text.slice(0, slash);
  const bytes = decodeBase64Url(address);
  if (!bytes) throw new TicketError('not-base64url', `This is not a ticket: ${addressFault(address)}.`);
  return decodeTicket(bytes, text.slice(slash + 1));
}

/** Describes what is wrong with an address that is not valid base64url. Quotes the first characters that are not allowed. */
function addressFault(address: string): string {
  const strange = /[^A-Za-z0-9_-]+/u.exec(address)?.[0];
  if (strange === undefined) return 'its address is incomplete or was changed';
  const shown = [...strange.replace(/\p{C}/gu, '�')].slice(0, 20).join('');
  return `its address contains “${shown}”, which does not belong there`;
}

function readLegacy(name: string, encoded: string): Ticket {
  const bytes = decodeBase32(encoded);
  if (!bytes) {
    throw new TicketError('not-base32', 'This is not a ticket: the part after the "@" is not an address.');
  }
  return decodeTicket(bytes, name);
}

function decodeTicket(bytes: Uint8Array, broadcastName: string): Ticket {
  const addr = decodeEndpointAddr(bytes);
  // Reject names that `formatTicket` would reject, so that every parsed ticket can be formatted again.
  if (!broadcastName.isWellFormed() || broadcastName !== broadcastName.trimEnd()) {
    throw new TicketError(
      'bad-name',
      'The name of the broadcast in the ticket ends with a space or contains invalid characters.',
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

/**
 * Whether a string begins with a URL scheme (RFC 3986). A base64url address never does, because it contains
 * no colon.
 */
function hasScheme(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text);
}

function wrongScheme(): TicketError {
  return new TicketError(
    'wrong-scheme',
    `This is another kind of link. A ticket begins with "${TICKET_SCHEME}".`,
  );
}
