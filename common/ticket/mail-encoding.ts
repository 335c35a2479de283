/**
 * Invisible characters that email, chat and web pages insert. U+200C, U+200D and variation selectors are not
 * included, because Persian names and emoji need them.
 */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g;
/** Whitespace and all invisible characters, including those that can be part of a name. */
const BLANK = '[\\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]';
const BLANK_START = new RegExp(`^${BLANK}+`);
const BLANK_CHAR = new RegExp(`^${BLANK}$`);

/** Named HTML entities that editors write for characters in or around a ticket. */
const entities: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  colon: ':',
  gt: '>',
  lt: '<',
  nbsp: ' ',
  quot: '"',
  sol: '/',
};

/** Removes invisible characters that are never part of a ticket. */
export function removeInvisible(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** Removes whitespace and invisible characters from both ends. */
export function trimBlank(text: string): string {
  return trimBlankEnd(text).replace(BLANK_START, '');
}

/** Removes whitespace and invisible characters from the end. */
export function trimBlankEnd(text: string): string {
  // A regular expression with `$` at its end would be slow, because it would try every run of whitespace in the text.
  let end = text.length;
  while (end > 0 && BLANK_CHAR.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}

/** Decodes HTML entities. Leaves unknown entities and invalid code points unchanged. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,5}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[String(name).toLowerCase()] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
    return isScalar(point) ? String.fromCodePoint(point) : whole;
  });
}

/**
 * Decodes quoted-printable text from an email (RFC 2045, section 6.7). Bytes that are not UTF-8 stay encoded.
 * Text without a soft line break or an encoded "=" is returned unchanged, because "=" followed by two digits
 * also occurs in ordinary text.
 */
export function decodeQuotedPrintable(text: string): string {
  if (!/=3D|=[ \t]{0,8}\r?\n/.test(text)) return text;
  const joined = text.replace(/=[ \t]{0,8}\r?\n/g, '');
  return joined.replace(/(?:=[0-9A-F]{2}){1,256}/g, (run) => percentDecoded(run.replaceAll('=', '%')) ?? run);
}

/** Percent-decodes all valid parts of a string. Leaves a "%" that encodes nothing unchanged. */
export function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2}){1,256}/gi, (run) => percentDecoded(run) ?? run);
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isScalar(point: number): boolean {
  return point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}
