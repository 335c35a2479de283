/**
 * Base 32 and base 64 for URLs (RFC 4648), without padding and strict: one text for one byte string. A wrong length,
 * a foreign character, or bits left over that are not zero make it invalid, as in Rust's `data-encoding`.
 */
interface Alphabet {
  readonly characters: string;
  readonly bits: number;
}

const base64Url: Alphabet = {
  characters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  bits: 6,
};
const base32: Alphabet = { characters: 'abcdefghijklmnopqrstuvwxyz234567', bits: 5 };

export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, base64Url);
}

/** Lower case. */
export function encodeBase32(bytes: Uint8Array): string {
  return encode(bytes, base32);
}

/** Undefined when `text` is not base64url. */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  return decode(text, base64Url);
}

/** Any case. Undefined when `text` is not base 32. */
export function decodeBase32(text: string): Uint8Array | undefined {
  // Not toLowerCase() on the whole: it would turn foreign letters (the Kelvin sign) into ours.
  return decode(
    text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
    base32,
  );
}

function encode(bytes: Uint8Array, { characters, bits }: Alphabet): string {
  let text = '';
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    pendingBits += 8;
    while (pendingBits >= bits) {
      pendingBits -= bits;
      text += characters.charAt(pending >> pendingBits);
      pending &= (1 << pendingBits) - 1;
    }
  }
  if (pendingBits > 0) text += characters.charAt(pending << (bits - pendingBits));
  return text;
}

function decode(text: string, { characters, bits }: Alphabet): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * bits) / 8));
  let length = 0;
  let pending = 0;
  let pendingBits = 0;
  for (const character of text) {
    const value = characters.indexOf(character);
    if (value < 0) return undefined;
    pending = (pending << bits) | value;
    pendingBits += bits;
    if (pendingBits >= 8) {
      pendingBits -= 8;
      bytes[length++] = pending >> pendingBits;
      pending &= (1 << pendingBits) - 1;
    }
  }
  // A whole unused character means a wrong length; unused bits that are set mean a second spelling of the same bytes.
  if (pendingBits >= bits || pending !== 0) return undefined;
  return bytes;
}
