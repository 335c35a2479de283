/**
 * Characters without a shape that mail, chat and web pages insert: soft hyphens, zero-width spaces, byte order marks and
 * direction marks. U+200C, U+200D and variation selectors are not included, because names in Persian and emoji need them.
 */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g;
/** White space, and every character without a shape, including those that can be part of a name. */
const BLANK = '[\\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]';
const BLANK_START = new RegExp(`^${BLANK}+`);
const BLANK_CHAR = new RegExp(`^${BLANK}$`);

/** Named entities of HTML that editors write for the characters around a ticket. */
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

/** Removes invisible characters that never belong to a ticket. */
export function removeInvisible(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** Removes white space and characters without a shape from both ends. */
export function trimBlank(text: string): string {
  return trimBlankEnd(text).replace(BLANK_START, '');
}

/** Removes white space and characters without a shape from the end. */
export function trimBlankEnd(text: string): string {
  // A regular expression that is anchored at the end would try every run of white space in the text.
  let end = text.length;
  while (end > 0 && BLANK_CHAR.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}

/** Decodes the entities of HTML. Unknown entities and invalid code points remain. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,5}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[String(name).toLowerCase()] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
    return isScalar(point) ? String.fromCodePoint(point) : whole;
  });
}

/**
 * Decodes the quoted-printable encoding of mail (RFC 2045, section 6.7). Bytes that are not UTF-8 remain. So does a text
 * that contains neither a broken line nor an encoded "=", because other texts contain "=" and two digits, too.
 */
export function decodeQuotedPrintable(text: string): string {
  if (!/=3D|=[ \t]{0,8}\r?\n/.test(text)) return text;
  const joined = text.replace(/=[ \t]{0,8}\r?\n/g, '');
  return joined.replace(/(?:=[0-9A-F]{2}){1,256}/g, (run) => percentDecoded(run.replaceAll('=', '%')) ?? run);
}

/**
 * Percent-decodes all valid parts of a text. A "%" that encodes nothing remains.
 */
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
