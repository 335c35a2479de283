/** Maximum length of a displayed name in grapheme clusters, which a reader perceives as characters. */
const MAX_SHOWN = 60;
/**
 * Maximum length of a displayed name in code points. A separate limit is needed because a grapheme cluster
 * may contain any number of code points.
 */
const MAX_CODE_POINTS = 240;
/**
 * Maximum number of UTF-16 units of a name that are examined; the rest is ignored. A display name has at most
 * 200 units, a name in a ticket about 4,000.
 */
const MAX_READ = 1_000;
/**
 * Maximum number of combining marks on one letter. Khmer and pointed Hebrew need up to four. More marks would
 * overlap the lines above and below.
 */
const MAX_MARKS = 4;
/** Maximum number of combining marks on one letter in scripts that encode stacked letters as marks. */
const MAX_STACKED_MARKS = 8;
/**
 * Maximum number of invisible characters in one emoji. The flags of England, Scotland and Wales each contain
 * six.
 */
const MAX_HIDDEN = 8;

const SPACE = /[\p{Cc}\p{Z}\u2800]/u;
/**
 * Characters that are invisible or have no fixed meaning, such as zero-width, text direction and private-use
 * characters.
 */
const HIDDEN =
  /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Noncharacter_Code_Point}\uFFFC\uFFFD\u{1D159}]/u;
const MARK = /\p{M}/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
const STACKING = /[\p{scx=Tibt}\p{scx=Mymr}]/u;
/** Scripts in which a zero-width joiner or non-joiner can change the shape of the adjacent letters. */
const JOINING =
  /[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Nkoo}\p{scx=Adlm}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Mymr}\p{scx=Khmr}\p{scx=Tibt}]/u;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;
/** A character that may follow the pictograph in an emoji: a variation selector or a skin tone. */
const PICTOGRAPH_END = /^[\uFE0F\p{Emoji_Modifier}]$/u;
/** The Unicode blocks whose characters are right-to-left by default (Unicode Annex 9, table 4). */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
const ZERO_WIDTH_JOINER = '\u200D';
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/**
 * Reduces a name from a stranger to one short line without hidden or misleading characters, but with the
 * joiners and variation selectors that emoji, Arabic and Indic scripts need. The result is in NFC, has at
 * most 60 grapheme clusters, and is empty if nothing visible remains.
 */
export function sanitizeName(name: string): string {
  const text = name.slice(0, MAX_READ).toWellFormed().normalize('NFC');
  const line = withoutHidden(text).replace(/ +/g, ' ').trim();
  return VISIBLE.test(line) ? truncated(line) : '';
}

/**
 * Returns a sanitized name for use inside a sentence. A name with right-to-left letters is enclosed in a
 * Unicode isolate, because it could otherwise rearrange the text next to it.
 */
export function isolated(name: string): string {
  return RIGHT_TO_LEFT.test(name) ? `${FIRST_STRONG_ISOLATE}${name}${POP_ISOLATE}` : name;
}

function withoutHidden(text: string): string {
  const chars = [...text];
  const kept: string[] = [];
  const marks = new Set<string>();
  let hidden = 0;
  // `base` is the character that combining marks are drawn on. Marks after a space are dropped, because they
  // would be drawn on the preceding text.
  let base = ' ';
  for (const [index, char] of chars.entries()) {
    if (SPACE.test(char)) {
      base = ' ';
      kept.push(base);
    } else if (HIDDEN.test(char)) {
      if (hidden === MAX_HIDDEN || !isNeeded(char, kept, chars[index + 1] ?? ' ')) continue;
      hidden += 1;
      kept.push(char);
    } else if (!MARK.test(char)) {
      if (kept.at(-1) !== ZERO_WIDTH_JOINER) hidden = 0;
      base = char;
      marks.clear();
      kept.push(char);
    } else if (fits(char, base, marks)) {
      marks.add(char);
      kept.push(char);
    }
  }
  return kept.join('');
}

/**
 * Whether to keep a combining mark on a letter that already has `marks`. No script needs the same mark twice.
 */
function fits(mark: string, base: string, marks: ReadonlySet<string>): boolean {
  if (base === ' ' || marks.has(mark)) return false;
  // Enclosing marks can cover their letter. Only keycap emoji need one.
  if (/\p{Me}/u.test(mark)) return mark === '\u20E3' && /[0-9#*]/.test(base);
  return marks.size < (STACKING.test(base) ? MAX_STACKED_MARKS : MAX_MARKS);
}

/** Whether an invisible character changes how the adjacent characters look. `kept` is the text before it. */
function isNeeded(char: string, kept: readonly string[], next: string): boolean {
  const before = kept.at(-1) ?? ' ';
  if (char === '\u200C') return isJoining(before);
  if (char === ZERO_WIDTH_JOINER) return isJoining(before) || (isPictograph(kept) && PICTOGRAPH.test(next));
  if (/[\uFE0E\uFE0F]/.test(char)) return /\p{Emoji}/u.test(before);
  if (/[\uFE00-\uFE0D\u{E0100}-\u{E01EF}]/u.test(char))
    return /[\p{Ideographic}\p{sc=Mymr}\p{sc=Phag}]/u.test(before);
  if (/[\u180B-\u180D\u180F]/.test(char)) return /\p{sc=Mong}/u.test(before) && /\p{L}/u.test(before);
  // The flags of England, Scotland and Wales consist of a black flag followed by tags.
  if (/[\u{E0020}-\u{E007F}]/u.test(char)) return /[\u{1F3F4}\u{E0020}-\u{E007E}]/u.test(before);
  return false;
}

function isJoining(char: string): boolean {
  return JOINING.test(char) && /[\p{L}\p{M}]/u.test(char);
}

/** Whether a string ends with a pictograph, or with a pictograph and a skin tone or variation selector. */
function isPictograph(kept: readonly string[]): boolean {
  const last = kept.at(-1) ?? ' ';
  return PICTOGRAPH.test(PICTOGRAPH_END.test(last) ? (kept.at(-2) ?? ' ') : last);
}

/** Shortens a name that is too long without splitting a grapheme cluster. */
function truncated(line: string): string {
  if (line.length <= MAX_SHOWN) return line;
  const shown: string[] = [];
  let codePoints = 0;
  // The segmenter is not created when the module loads, because old browsers lack `Intl.Segmenter`, and a
  // relay's page must still load in them to say that it cannot play.
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(line)) {
    codePoints += [...segment].length;
    if (codePoints > MAX_CODE_POINTS || shown.length === MAX_SHOWN)
      return `${shown
        .slice(0, MAX_SHOWN - 1)
        .join('')
        .trimEnd()}…`;
    shown.push(segment);
  }
  return line;
}
