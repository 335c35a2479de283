import { CALL_NAME } from './broadcast-name.ts';
import {
  decodeEntities,
  decodePercent,
  decodeQuotedPrintable,
  removeInvisible,
  trimBlank,
  trimBlankEnd,
} from './mail-encoding.ts';
import {
  formatTicket,
  MAX_TICKET_CHARS,
  type ParseOptions,
  parseTicket,
  TICKET_SCHEME,
  type Ticket,
  TicketError,
} from './ticket.ts';

/**
 * Maximum length of the text to search, in characters. Even a long email that quotes earlier ones is shorter.
 */
const MAX_TEXT_CHARS = 256 * 1024;
/** Maximum number of candidate tickets to parse in one input. Parsing one takes up to a millisecond. */
const MAX_TRIES = 16;
/** Maximum nesting depth of links. Email filters replace a link with their own, which has the original as a parameter. */
const MAX_LINK_DEPTH = 3;

/** Whitespace, and the marks that email programs put before quoted lines. */
const QUOTING = /^[\s>|]+/;
/** The ticket scheme. Email programs also break lines after the hyphen. */
const SCHEME_IN_TEXT = /iroh-[\s>|]{0,16}live[\s>|]{0,16}:/gi;
/** Punctuation and brackets that can follow a link but are not part of it. */
const LINK_END = /(?:(?![/%=&+#-])[\p{P}\p{S}]){1,16}$/u;
const WEB_LINK = /https?:\/\/[^\s<>"“”]{1,8192}/gi;
/** An address without the scheme. The shortest contains a key and a count. */
const BARE_ADDRESS = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{44,4096}\//g;

/** Maps the character directly before a ticket, such as a quote, to the characters that end the ticket's name. */
const closers: Readonly<Record<string, string>> = {
  '<': '>|',
  '>': '<',
  '|': '>|',
  '(': ')',
  '[': ']',
  '{': '}',
  '"': '"',
  "'": "'",
  '`': '`',
  '“': '”',
  '”': '”',
  '„': '“”',
  '‘': '’',
  '’': '’',
  '‚': '‘’',
  '«': '»',
  '»': '«',
  '‹': '›',
  '›': '‹',
  '「': '」',
  '『': '』',
  '《': '》',
  '〈': '〉',
  '【': '】',
  '*': '*',
  _: '_',
  '~': '~',
};

/**
 * Finds the ticket in text that a person pasted, dropped or passed on the command line. Undoes the changes
 * that email and chat programs make to tickets: quotes, brackets, line breaks, invisible characters, and
 * encodings.
 *
 * @throws TicketError if the text contains no ticket. The message says what is wrong
 */
export function findTicket(text: string, options: ParseOptions = {}): Ticket {
  if (text.length > MAX_TEXT_CHARS) {
    throw new TicketError('too-long', 'This text is too long. Paste only the ticket.');
  }
  const exact = attempt(() => parseTicket(text, options));
  if (!(exact instanceof TicketError)) return withName(exact, nameOnOneLine(exact, text), options);
  const search = new Search(options);
  const decoded = removeInvisible(decodeEntities(decodeEntities(decodeQuotedPrintable(text))));
  const found = search.inText(decoded) ?? search.inText(decodePercent(decodePercent(decoded)));
  if (found) return found;
  throw startsWithScheme(text) ? exact : (search.fault ?? exact);
}

/**
 * Finds the ticket in text and returns the ticket's normal form.
 *
 * @throws TicketError if the text contains no ticket
 */
export function findNormalTicket(text: string, options: ParseOptions = {}): string {
  return formatTicket(findTicket(text, options));
}

/** One search for a ticket, with at most `MAX_TRIES` attempts. */
class Search {
  readonly #options: ParseOptions;
  #tries = 0;
  /** The error of the first failed attempt to read text with the ticket scheme; undefined if there was none. */
  fault: TicketError | undefined;

  constructor(options: ParseOptions) {
    this.#options = options;
  }

  inText(text: string): Ticket | undefined {
    return (
      this.#inLinks(text) ??
      this.#atEach(text, SCHEME_IN_TEXT, (start, end) => this.#readAt(text, start, end)) ??
      this.#atEach(text, BARE_ADDRESS, (start) => this.#readAt(text, start, start)) ??
      this.#inOlderForm(text)
    );
  }

  #inLinks(text: string, depth = 0): Ticket | undefined {
    return this.#atEach(text, WEB_LINK, (start, end) => {
      const link = text.slice(start, end).replace(LINK_END, '');
      if (!URL.canParse(link)) return undefined;
      for (const value of [...new URL(link).searchParams.values()].slice(0, MAX_TRIES)) {
        const ticket = this.#try(() => parseTicket(value, this.#options), false);
        if (ticket) return withName(ticket, nameOnOneLine(ticket, value), this.#options);
        const nested = depth < MAX_LINK_DEPTH ? this.#inLinks(value, depth + 1) : undefined;
        if (nested) return nested;
      }
      return undefined;
    });
  }

  /** Calls `read` for each match until it returns a ticket or all attempts have been used. */
  #atEach(
    text: string,
    pattern: RegExp,
    read: (start: number, end: number) => Ticket | undefined,
  ): Ticket | undefined {
    for (const match of text.matchAll(pattern)) {
      if (this.#tries >= MAX_TRIES) return undefined;
      const ticket = read(match.index, match.index + match[0].length);
      if (ticket) return ticket;
    }
    return undefined;
  }

  /**
   * Reads the ticket whose scheme is between `start` and `end`. If it has no scheme, `start` equals `end`.
   */
  #readAt(text: string, start: number, end: number): Ticket | undefined {
    return this.#try(() => {
      const { address, after } = readAddress(text, end);
      const name = after === null ? '' : `/${readName(text, after, charBefore(text, start))}`;
      return parseTicket(`${TICKET_SCHEME}${address}${name}`, this.#options);
    }, end > start);
  }

  /** Reads `name@address` inside quotes or brackets. */
  #inOlderForm(text: string): Ticket | undefined {
    let inner = trimBlank(text);
    for (let depth = 0; depth < 4; depth += 1) {
      const closer = closers[inner[0] ?? ''];
      if (!closer?.includes(inner.at(-1) ?? ' ')) break;
      inner = trimBlank(inner.slice(1, -1));
    }
    const at = inner.lastIndexOf('@');
    if (at < 0 || inner.length > MAX_TICKET_CHARS) return undefined;
    // A name has no line breaks, so the lines above it are not part of it.
    const name =
      inner
        .slice(0, at)
        .split(/[\r\n\u2028\u2029]/)
        .at(-1) ?? '';
    const joined = `${name}@${inner.slice(at + 1).replace(/\s/g, '')}`;
    return this.#try(() => parseTicket(joined, this.#options), false);
  }

  #try(read: () => Ticket, keepFault: boolean): Ticket | undefined {
    this.#tries += 1;
    const result = attempt(read);
    if (!(result instanceof TicketError)) return result;
    if (keepFault) this.fault ??= result;
    return undefined;
  }
}

/**
 * Reads the address from `start` to the next `/`, and skips whitespace and the quote marks of email programs.
 * `after` is the position after the `/`; null if there is no `/`.
 */
function readAddress(text: string, start: number): { address: string; after: number | null } {
  let address = '';
  let lineStart = false;
  for (let i = start; i < text.length && address.length <= MAX_TICKET_CHARS; i += 1) {
    const char = text[i] ?? '';
    if (char === '/' && address !== '') return { address, after: i + 1 };
    // Slashes before the address are skipped, so that `iroh-live://` is also accepted.
    if (char === '/') continue;
    if (/\s/.test(char)) lineStart ||= char === '\n' || char === '\r';
    else if (!(lineStart && (char === '>' || char === '|'))) {
      address += char;
      lineStart = false;
      // The invalid character is kept, because the parser quotes it in its error message.
      if (!/[\w-]/.test(char)) return { address, after: nextSlash(text, i) };
    }
  }
  return { address, after: null };
}

/** Returns the position after the next `/` on the line; null if there is none. */
function nextSlash(text: string, from: number): number | null {
  const found = /^[^\n/]{0,4096}\//.exec(text.slice(from, from + MAX_TICKET_CHARS));
  return found ? from + found[0].length : null;
}

/** Returns the character before `start`. Skips blanks on the same line, because French puts spaces inside quotes. */
function charBefore(text: string, start: number): string {
  return (
    trimBlankEnd(/[^\r\n]{0,4}$/.exec(text.slice(Math.max(0, start - 4), start))?.[0] ?? '').at(-1) ?? ''
  );
}

/** Reads the name that starts at `start`. `before` is the character before the ticket, for example a quote. */
function readName(text: string, start: number, before: string): string {
  // The first line may be blank: if the line was broken after the slash, the name is on the next line.
  const line = firstLine(text.slice(start, start + MAX_TICKET_CHARS).replace(QUOTING, ''));
  if (before === '=') return decodePercent(line.slice(0, indexOfAny(line, '&#> \t')));
  const closer = closers[before];
  const name = trimBlank(closer ? line.slice(0, closingIndex(line, closer)) : line);
  // A call ticket has only one possible name, so punctuation after it is part of the surrounding sentence.
  return name.replace(/[\p{P}\p{S}]+$/u, '') === CALL_NAME ? CALL_NAME : name;
}

/** Returns the index of the first closing character that is not inside a word; the line's length if there is none. */
function closingIndex(line: string, closer: string): number {
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i] ?? '';
    if (closer.includes(char) && (char === '|' || !/[\p{L}\p{N}]/u.test(line[i + 1] ?? ''))) return i;
  }
  return line.length;
}

function indexOfAny(line: string, chars: string): number {
  const index = [...line].findIndex((char) => chars.includes(char));
  return index < 0 ? line.length : [...line].slice(0, index).join('').length;
}

/** Returns the first line that is not blank, without leading and trailing blanks. */
function firstLine(text: string): string {
  const trimmed = trimBlank(text);
  const end = trimmed.search(/[\r\n]/);
  return trimBlank(end < 0 ? trimmed : trimmed.slice(0, end));
}

/** Returns the name of a ticket that was parsed from `text`, without other lines and without trailing blanks. */
function nameOnOneLine({ broadcastName }: Ticket, text: string): string {
  // In the older form, `name@address`, the parser takes everything before the `@` as the name.
  const isOlderForm = !startsWithScheme(text) && text.trim().startsWith(`${broadcastName}@`);
  if (isOlderForm) return trimBlank(broadcastName.slice(broadcastName.search(/[^\r\n]*$/)));
  const end = broadcastName.search(/[\r\n]/);
  const line = end < 0 ? broadcastName : broadcastName.slice(0, end);
  return trimBlank(line) === '' ? firstLine(broadcastName.replace(QUOTING, '')) : trimBlankEnd(line);
}

function withName(ticket: Ticket, broadcastName: string, options: ParseOptions): Ticket {
  if (broadcastName === '' && !options.allowEmptyName) {
    throw new TicketError('name-missing', 'The ticket is incomplete: the name of the broadcast is missing.');
  }
  return { ...ticket, broadcastName };
}

function startsWithScheme(text: string): boolean {
  return text.trimStart().slice(0, TICKET_SCHEME.length).toLowerCase() === TICKET_SCHEME;
}

function attempt(read: () => Ticket): Ticket | TicketError {
  try {
    return read();
  } catch (error) {
    if (error instanceof TicketError) return error;
    throw error;
  }
}
