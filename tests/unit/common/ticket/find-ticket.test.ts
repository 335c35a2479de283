import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { findNormalTicket, findTicket } from '../../../../common/ticket/find-ticket.ts';
import { formatTicket, parseTicket, TicketError } from '../../../../common/ticket/ticket.ts';

const ADDRESS = 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA';
const T = `iroh-live:${ADDRESS}/hello`;
const LEGACY = 'hello@RKEOHXLUBHYZL7KS3MWTZOS5OLFGOCN7DWKBEG7TOSEADNAPN5OAA';
const RELAY = 'https://relay.example.com:4443/?name=';
const ZWSP = '\u200b';

/** Names whose first and last characters cannot be mistaken for characters that mail and chat programs add. */
const plainName = fc.stringMatching(/^[\p{L}\p{N}]([\p{L}\p{N} _-]{0,20}[\p{L}\p{N}])?$/u);

function messageFor(text: string): string {
  try {
    return findNormalTicket(text);
  } catch (error) {
    if (error instanceof TicketError) return error.message;
    throw error;
  }
}

describe('a ticket is found', () => {
  const quotes = [
    '<>',
    '()',
    '[]',
    '{}',
    '""',
    "''",
    '``',
    '“”',
    '„“',
    '‘’',
    '«»',
    '»«',
    '‹›',
    '「」',
    '『』',
    '**',
    '__',
    '~~',
  ];
  test.each(quotes)('in %s', (pair) => {
    const [open = '', close = ''] = pair;
    expect(findNormalTicket(`${open}${T}${close}`)).toBe(T);
    expect(findNormalTicket(`Watch me: ${open}${T}${close}, at eight`)).toBe(T);
    expect(findNormalTicket(`${open}${LEGACY}${close}`)).toBe(T);
    expect(findNormalTicket(`${open}${RELAY}${encodeURIComponent(T)}${close}`)).toBe(T);
  });

  const invisible = [
    ZWSP,
    '\u200c',
    '\u200d',
    '\u200e',
    '\u200f',
    '\u2060',
    '\ufeff',
    '\u00ad',
    '\u202a',
    '\u2066',
    '\u00a0',
    '\u3000',
  ];
  test.each(invisible)('with %j before, after and inside', (char) => {
    expect(findNormalTicket(`${char}${T}`)).toBe(T);
    expect(findNormalTicket(`${T}${char}`)).toBe(T);
    expect(findNormalTicket(`${char}<${char}${T}${char}>${char}`)).toBe(T);
  });

  test.each([ZWSP, '\u2060', '\ufeff', '\u00ad', ' ', '\n', '\r\n', '\n> ', '\r\n> > ', '=\r\n', '\n\t'])(
    'with %j anywhere in its scheme and address',
    (gap) => {
      for (const at of ['iroh-'.length, 'iroh-live'.length, 'iroh-live:'.length, 12, 30, T.indexOf('/')]) {
        expect([at, messageFor(`${T.slice(0, at)}${gap}${T.slice(at)}`)]).toEqual([at, T]);
      }
    },
  );

  test.each(['Iroh-live:', 'IROH-LIVE:', 'iroh-live://', 'Iroh-Live:///', 'iroh-live: '])(
    'after %j',
    (scheme) => {
      expect(findNormalTicket(T.replace('iroh-live:', scheme))).toBe(T);
    },
  );

  const texts: [string, string][] = [
    ['a sentence', `Watch me: ${T}`],
    ['a sentence on its own line', `Hi!\n\n${T}\n\nSee you, Anna`],
    ['a sentence without the scheme', `Hi!\n${ADDRESS}/hello\nAnna`],
    ['an older form on its own line', `Watch me:\n${LEGACY}`],
    [
      'a mail that quotes it',
      `> Watch me:\n> iroh-live:${ADDRESS.slice(0, 20)}\n> ${ADDRESS.slice(20)}/hello\n> Anna`,
    ],
    ['a line that ends after the slash', `iroh-live:${ADDRESS}/\n> hello`],
    ['a Markdown link', `[watch me](${T})`],
    ['a Markdown link with its own text', `[${T}](${T})`],
    ['bold Markdown text', `**${T}**`],
    ['a code block', `\`\`\`\n${T}\n\`\`\``],
    ['an HTML link', `<a href="${T}">Watch me</a>`],
    ['HTML text', `<p>Watch <b>${T}</b></p>`],
    ['an unquoted HTML attribute', `<a href=${T}>Watch</a>`],
    ['HTML entities', `Watch &lt;${T}&gt;`],
    ['numeric HTML entities', `&#60;${T.replace(':', '&#x3A;').replace('/', '&#47;')}&#x3e;`],
    ['HTML entities that were encoded twice', `&amp;lt;${T}&amp;gt;`],
    ['a Slack link', `<${T}|watch me>`],
    ['percent-encoded text', encodeURIComponent(T)],
    ['text that was percent-encoded twice', encodeURIComponent(encodeURIComponent(T))],
    ['a share link in a sentence', `Watch me: ${RELAY}${encodeURIComponent(T)}.`],
    [
      'a share link in quoted-printable',
      `${RELAY.replace('=', '=3D')}iroh-live:${ADDRESS.slice(0, 9)}=\r\n${ADDRESS.slice(9)}/hello\r\n`,
    ],
    [
      'a mail filter’s link',
      `https://filter.example.com/?url=${encodeURIComponent(RELAY + encodeURIComponent(T))}&data=1`,
    ],
    ['a share link with more parameters', `${RELAY}${T}&muted=1`],
  ];
  test.each(texts)('in %s', (_what, text) => {
    expect(findNormalTicket(text)).toBe(T);
  });

  it('as `new URL(ticket).href` writes it', () => {
    const name = 'Grüße an alle';
    const ticket = formatTicket({ ...parseTicket(T), broadcastName: name });
    expect(findTicket(new URL(ticket).href).broadcastName).toBe('Gr%C3%BC%C3%9Fe an alle');
  });

  it('as a call ticket, whatever a sentence adds to its name', () => {
    for (const end of ['.', '!', ').', '”', '>'])
      expect(findTicket(`Call me: iroh-live:${ADDRESS}/call${end}`).broadcastName).toBe('call');
  });

  it('among others that are damaged', () => {
    expect(findNormalTicket(`iroh-live:abc/x iroh-live:${ADDRESS.slice(1)}/x\n${T}`)).toBe(T);
  });
});

describe('the error says what is wrong', () => {
  test.each([
    [`iroh-live:${ADDRESS.slice(0, 9)}!?${ADDRESS.slice(9)}/hello`, '“!?”'],
    [`Watch me: iroh-live:${ADDRESS.slice(0, 9)}ä${ADDRESS.slice(9)}/hello`, '“ä”'],
    [`${T.replace('/', '=/')}`, '“=”'],
    [`Watch me: iroh-live:${ADDRESS.slice(0, 20)}/hello`, 'incomplete'],
    [`Watch me: iroh-live:${ADDRESS}`, 'the name of the broadcast is missing'],
    ['mailto:anna@example.com', 'another kind of link'],
    ['', 'empty'],
  ])('in %j', (text, part) => {
    expect(messageFor(text)).toContain(part);
  });
});

describe('properties', () => {
  test('a ticket with a plain name is found in any wrapping', () => {
    const wrappers: fc.Arbitrary<(ticket: string) => string>[] = [
      fc
        .constantFrom(...['<>', '()', '“”', '„“', '""', '[]'])
        .map((pair) => (text) => `${pair[0]}${text}${pair[1]}`),
      fc.constantFrom('Watch me: ', 'Hi,\n\n', `${ZWSP}`, '> ').map((before) => (text) => `${before}${text}`),
      fc.constantFrom('\nSee you', ZWSP, '\r\n-- \r\nAnna', '  ').map((after) => (text) => `${text}${after}`),
      fc.nat(50).map((at) => (text) => {
        const index = text.indexOf('iroh-live:') + 10 + at;
        return index > text.lastIndexOf('/') ? text : `${text.slice(0, index)}\r\n> ${text.slice(index)}`;
      }),
    ];
    fc.assert(
      fc.property(plainName, fc.array(fc.oneof(...wrappers), { maxLength: 4 }), (broadcastName, wraps) => {
        const ticket = formatTicket({ ...parseTicket(T), broadcastName });
        const text = wraps.reduce((inner, wrap) => wrap(inner), ticket);
        const found = messageFor(text);
        expect(found.startsWith(`iroh-live:${ADDRESS}/${broadcastName}`), `${text} gave ${found}`).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('every ticket is found unchanged if its name has one line and no trailing spaces', () => {
    const names = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .filter((name) => name.isWellFormed() && /^[^\r\n]*[\p{L}\p{N}]$/u.test(name));
    fc.assert(
      fc.property(names, (broadcastName) => {
        const ticket = formatTicket({ ...parseTicket(T), broadcastName });
        expect(findNormalTicket(ticket)).toBe(ticket);
      }),
      { numRuns: 1_000 },
    );
  });

  test('finds the name of the older form on the last line before the "@"', () => {
    expect(parseTicket(findNormalTicket(`"Watch me\n${LEGACY}"`)).broadcastName).toBe('hello');
  });

  test('a search of any text throws only TicketError, and a ticket that it finds can be parsed', () => {
    const pieces = fc.constantFrom(
      T,
      LEGACY,
      ADDRESS,
      'iroh-live:',
      RELAY,
      '/',
      '%2F',
      '&lt;',
      '=\r\n',
      '>',
      ZWSP,
      '\n',
      'x',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 20 })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        let found: string;
        try {
          found = findNormalTicket(text);
        } catch (error) {
          if (error instanceof TicketError) return;
          throw error;
        }
        expect(parseTicket(found)).toEqual(parseTicket(findNormalTicket(found)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('hostile text of a megabyte', () => {
  const units = [
    'iroh-live:',
    'iroh-',
    'iroh-live:\n>',
    ' ',
    `${T}x `,
    ADDRESS,
    `${ADDRESS}/`,
    'a@',
    'https://',
    `${RELAY}%`,
    'https://x/?url=',
    '&lt;',
    '&#',
    '=\r\n',
    '=3D',
    '%25',
    '%E4',
    ZWSP,
    '<',
    '(',
    '>\n',
    '/',
    '\n',
    "'",
    'aA0_-',
    'iroh-live:a\n> ',
  ];
  // The limit is far above the usual 20 ms. A quadratic search would take minutes.
  test.each(units)('that repeats %j blocks the process for less than a second', (unit) => {
    for (const size of [256 * 1024, 1_000_000]) {
      const text = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
      for (const each of [text, `iroh-live:${text}`, `iroh-live:${ADDRESS}/${text}`, `<${T}${text}`]) {
        const start = performance.now();
        messageFor(each);
        expect(performance.now() - start).toBeLessThan(1_000);
      }
    }
  });
});
