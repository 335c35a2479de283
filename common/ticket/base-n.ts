import { base32nopad, base64urlnopad } from '@scure/base';

/**
 * Base 32 and base64url without padding (RFC 4648). As strict as Rust's `data-encoding`: no two strings
 * decode to the same bytes, except that base 32 ignores case.
 */

/** Encodes bytes as base64url without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes);
}

/** Decodes base64url. Returns undefined if `text` is not valid. */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  return attempt(() => base64urlnopad.decode(text));
}

/** Decodes base 32 in upper, lower or mixed case. Returns undefined if `text` is not valid. */
export function decodeBase32(text: string): Uint8Array | undefined {
  // toUpperCase() must not be applied to the whole text, because it would convert some non-ASCII letters,
  // such as the long s, to ASCII letters.
  const upperCase = text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return attempt(() => base32nopad.decode(upperCase));
}

function attempt(decode: () => Uint8Array): Uint8Array | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
