import { Path } from 'moq-net';
import {
  formatTicket,
  parseTicket,
  TICKET_SCHEME,
  type Ticket,
  TicketError,
} from '../../common/ticket/ticket.ts';

/** Minimum length of a ticket in characters. Shorter paths cannot contain an endpoint's public key. */
const MIN_TICKET_CHARS = 40;

/**
 * Parses a path that is a ticket in any encoding. Returns the ticket and its normal form as a path; undefined
 * if the path is not a ticket.
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
 * Minimum lengths in characters of an encoded address, in base64url and in base 32. The shortest address has 33 bytes: a
 * public key and a count.
 */
const MIN_BASE64_CHARS = 44;
const MIN_BASE32_CHARS = 53;
/** Number of bits that a character in base 32 encodes. */
const BASE32_BITS = 5;
/** Length of a public key in bytes. */
const KEY_BYTES = 32;
/** Variant numbers in the encoding of addresses; see `encodeEndpointAddr`. */
const RELAY_KIND = 0;
const IP_KIND = 1;
const IPV4_KIND = 0;
const IPV6_KIND = 1;

/**
 * Whether a path has the form of a ticket in any encoding, or starts with the ticket scheme. True for all
 * paths that `parseTicketPath` accepts. Keys and relay URLs are not validated, because this function is
 * called for every broadcast in every list, and validating a key would make it a hundred times slower.
 */
export function isTicketPath(path: Path.Valid): boolean {
  if (path.length < MIN_TICKET_CHARS) return path.startsWith(TICKET_SCHEME);
  const text = path.trim();
  if (text.startsWith(TICKET_SCHEME)) return true;
  const slash = text.indexOf('/');
  if (slash >= MIN_BASE64_CHARS && /^[\w-]+\//.test(text)) {
    const bytes = Buffer.from(text.slice(0, slash), 'base64url');
    if (hasAddressForm(bytes.length, (index) => bytes[index] ?? 0)) return true;
  }
  const encoded = text.slice(text.lastIndexOf('@') + 1);
  if (encoded.length < MIN_BASE32_CHARS || encoded.length === text.length) return false;
  const byteCount = Math.floor((encoded.length * BASE32_BITS) / 8);
  return /^[A-Za-z2-7]+$/.test(encoded) && hasAddressForm(byteCount, (index) => base32Byte(encoded, index));
}

/** Whether bytes have the layout of an encoded address; see `decodeEndpointAddr`. */
function hasAddressForm(length: number, byteAt: (index: number) => number): boolean {
  let offset = KEY_BYTES;
  /** Reads a number below 2^28. Returns infinity if the number is larger or cut off. */
  const varint = (): number => {
    for (let value = 0, scale = 1; scale < 128 ** 4; scale *= 128) {
      if (offset >= length) break;
      const byte = byteAt(offset);
      offset += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Infinity;
  };
  // The loop ends when the bytes run out, even if the count is huge, because each address takes up at least
  // two bytes.
  for (let left = varint(); left > 0; left -= 1) {
    const kind = varint();
    if (kind === RELAY_KIND) {
      const urlBytes = varint();
      offset += urlBytes;
    } else if (kind === IP_KIND) {
      const version = varint();
      if (version !== IPV4_KIND && version !== IPV6_KIND) return false;
      offset += version === IPV4_KIND ? 4 : 16;
      if (varint() > 0xffff) return false;
    } else return false;
    if (offset > length) return false;
  }
  return offset === length;
}

/**
 * Returns one byte of a string in base 32 (RFC 4648), in upper or lower case. The caller needs only a few
 * bytes, and decoding the whole string would take much longer.
 */
function base32Byte(text: string, index: number): number {
  const firstBit = index * 8;
  let value = 0;
  let char = Math.floor(firstBit / BASE32_BITS);
  for (; char * BASE32_BITS < firstBit + 8; char += 1) {
    const code = text.charCodeAt(char);
    // Letters have the values 0 to 25, and the digits 2 to 7 the values 26 to 31.
    value = (value << BASE32_BITS) | (code < 0x40 ? code - 24 : (code & 0x1f) - 1);
  }
  return (value >> (char * BASE32_BITS - firstBit - 8)) & 0xff;
}
