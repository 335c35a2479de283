import { EndpointId } from '@number0/iroh';
import { base32nopad } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64Url } from '../../../../common/ticket/base-n.ts';
import { isEd25519Point } from '../../../../common/ticket/ed25519-point.ts';
import { encodeEndpointAddr } from '../../../../common/ticket/endpoint-addr.ts';
import {
  decodeLink,
  formatTicket,
  normalizeTicket,
  parseTicket,
  type Ticket,
  TicketError,
  type TicketFault,
} from '../../../../common/ticket/ticket.ts';
import vectors from '../../../fixtures/tickets.json' with { type: 'json' };

const SCHEME = 'iroh-live:';
const KEY = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const keys = vectors.map((vector) => vector.endpointId);

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

function encodeBase32(bytes: Uint8Array): string {
  return base32nopad.encode(bytes).toLowerCase();
}

/** Creates a ticket with arbitrary bytes as its address. */
function ticketOf(hex: string, name = 'hello'): string {
  return `${SCHEME}${encodeBase64Url(bytesOf(hex))}/${name}`;
}

function faultOf(read: () => unknown): TicketFault | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof TicketError) return error.reason;
    throw error;
  }
  return undefined;
}

const ipv4 = fc.tuple(fc.ipV4(), fc.nat(65_535)).map(([ip, port]) => `${ip}:${port}`);
const ipv6 = fc.tuple(fc.ipV6(), fc.nat(65_535)).map(([ip, port]) => `[${ip}]:${port}`);
const relayUrl = fc.webUrl({ withQueryParameters: true });
const broadcastName = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter((name) => name !== '' && name.trimEnd() === name && name.isWellFormed());
const anyTicket = fc.record({
  endpointId: fc.constantFrom(...keys),
  relayUrls: fc.array(relayUrl, { maxLength: 3 }),
  ipAddrs: fc.array(fc.oneof(ipv4, ipv6), { maxLength: 6 }),
  broadcastName,
});
/** Tickets with sorted, unique and normalized addresses. */
const normalTicket = anyTicket.map((ticket) => parseTicket(formatTicket(ticket)));

describe('test vectors of the Rust crates', () => {
  for (const vector of vectors) {
    const { endpointId, relayUrls, ipAddrs, broadcastName, ticket, legacyTicket } = vector;
    const sameSets = (parsed: Ticket) => {
      expect(parsed.endpointId).toBe(endpointId);
      expect(parsed.broadcastName).toBe(broadcastName);
      expect(new Set(parsed.relayUrls)).toEqual(new Set(relayUrls));
      expect(new Set(parsed.ipAddrs)).toEqual(new Set(ipAddrs));
    };
    const options = { allowEmptyName: broadcastName === '' };

    test(`are reproduced by formatting: ${vector.label}`, () => {
      expect(formatTicket({ endpointId, relayUrls, ipAddrs, broadcastName })).toBe(ticket);
      expect(encodeEndpointAddr({ endpointId, relayUrls, ipAddrs })).toEqual(bytesOf(vector.postcardHex));
    });

    test(`are parsed in all forms: ${vector.label}`, () => {
      const at = legacyTicket.lastIndexOf('@');
      const upper = legacyTicket.slice(0, at) + legacyTicket.slice(at).toUpperCase();
      const mixed =
        legacyTicket.slice(0, at) +
        legacyTicket.slice(at).replace(/./g, (c, i: number) => (i % 2 ? c : c.toUpperCase()));
      const forms = [
        ticket,
        ticket.slice(SCHEME.length),
        ` \n\t${ticket}\r\n `,
        legacyTicket,
        upper,
        mixed,
        `https://relay.example.com:4443/?name=${encodeURIComponent(ticket)}`,
        `http://127.0.0.1:4443/?name=${encodeURIComponent(legacyTicket)}&x=1`,
      ];
      for (const form of forms) {
        sameSets(parseTicket(form, options));
        expect(normalizeTicket(form, options)).toBe(ticket);
      }
    });
  }

  test('are parsed with an empty name only if the option allows it', () => {
    const empty = vectors.find((vector) => vector.broadcastName === '');
    expect(faultOf(() => parseTicket(empty?.ticket ?? ''))).toBe('name-missing');
    expect(faultOf(() => parseTicket(empty?.legacyTicket ?? ''))).toBe('name-missing');
  });
});

describe('broadcast names in tickets', () => {
  test.each(['a/b', '/a', 'a@b', 'a/b@c', 'a@b/c', ' leading', 'ünïcode 🎥', 'iroh-live:x', 'https://x'])(
    'survive with and without the scheme: %j',
    (name) => {
      const ticket = { endpointId: KEY, relayUrls: [], ipAddrs: ['1.2.3.4:5'], broadcastName: name };
      const text = formatTicket(ticket);
      expect(parseTicket(text)).toEqual(ticket);
      expect(parseTicket(text.slice(SCHEME.length))).toEqual(ticket);
    },
  );

  test.each(['a/b', 'a@b', 'a/b@c', 'foo:bar'])('survive in the older form: %j', (name) => {
    const addr = { endpointId: KEY, relayUrls: [], ipAddrs: [] };
    expect(parseTicket(`${name}@${encodeBase32(encodeEndpointAddr(addr))}`)).toEqual({
      ...addr,
      broadcastName: name,
    });
  });

  test('are rejected if they would not survive', () => {
    const addr = { endpointId: KEY, relayUrls: [], ipAddrs: [] };
    expect(faultOf(() => formatTicket({ ...addr, broadcastName: 'a ' }))).toBe('bad-name');
    expect(faultOf(() => formatTicket({ ...addr, broadcastName: '\ud800' }))).toBe('bad-name');
    expect(faultOf(() => formatTicket({ ...addr, broadcastName: 'a'.repeat(4096) }))).toBe('too-long');
  });
});

describe('invalid tickets', () => {
  const good = vectors[1]?.ticket ?? '';
  const cases: [TicketFault, string, string][] = [
    ['empty', 'an empty text', ''],
    ['empty', 'white space', ' \n '],
    ['too-long', 'a very long text', 'a'.repeat(4097)],
    ['wrong-scheme', 'another scheme', 'mailto:someone'],
    ['wrong-scheme', 'another scheme with @', 'mailto:someone@example.com'],
    ['wrong-scheme', 'another scheme around a ticket', good.replace('iroh-live:', 'iroh-other:')],
    ['wrong-scheme', 'a web link without a ticket', 'https://example.com/?x=1'],
    ['wrong-scheme', 'a broken web link', 'https://'],
    ['not-base64url', 'a web link with another parameter value', 'https://example.com/?name=a!b/c'],
    ['not-base64url', 'characters outside the alphabet', 'iroh-live:!!!!/hello'],
    ['not-base64url', 'padding', good.replace('/', '=/')],
    ['not-base64url', 'non-zero padding bits', good.replace('SI/', 'SJ/')],
    ['not-base64url', 'the standard base64 alphabet', good.replace('x-z', 'x+z')],
    ['not-base32', 'an e-mail address', 'hello@example.com'],
    ['not-base32', 'a wrong length', `hello@${'a'.repeat(54)}`],
    ['name-missing', 'no slash', good.slice(0, good.indexOf('/'))],
    ['name-missing', 'no slash and no scheme', 'not-a-ticket'],
    ['name-missing', 'an empty name', good.slice(0, good.indexOf('/') + 1)],
    ['truncated', 'no bytes', 'iroh-live:/hello'],
    ['truncated', 'half a key', ticketOf(KEY.slice(0, 32))],
    ['truncated', 'a key without a count', ticketOf(KEY)],
    ['truncated', 'a count larger than the number of addresses', ticketOf(`${KEY}020100c0a80114d122`)],
    ['truncated', 'a huge count', ticketOf(`${KEY}ffffffff0f`)],
    ['truncated', 'a relay URL longer than the remaining bytes', ticketOf(`${KEY}0100ff7f41`)],
    ['truncated', 'a varint without an end', ticketOf(`${KEY}80`)],
    ['left-over', 'an extra byte', ticketOf(`${KEY}0000`)],
    ['bad-number', 'a varint of more than 32 bits', ticketOf(`${KEY}ffffffff1f`)],
    ['bad-number', 'an endless varint', ticketOf(`${KEY}80808080808080808001`)],
    ['bad-number', 'an overlong varint', ticketOf(`${KEY}8000`)],
    ['bad-number', 'a port over 65535', ticketOf(`${KEY}010100c0a80114808004`)],
    ['bad-key', 'a key that is not a point of the curve', ticketOf(`02${'00'.repeat(31)}00`)],
    ['bad-relay-url', 'a relay URL that is not UTF-8', ticketOf(`${KEY}010002c328`)],
    ['bad-relay-url', 'a relay URL that is not a URL', ticketOf(`${KEY}010003616263`)],
    ['bad-relay-url', 'a relay URL without HTTP', ticketOf(`${KEY}01000c6a6176617363726970743a31`)],
    ['unknown-address-kind', 'an unknown kind of address', ticketOf(`${KEY}01020100`)],
    ['unknown-address-kind', 'IP version 3', ticketOf(`${KEY}01010200`)],
  ];
  test.each(cases)('are rejected with %s for %s', (reason, _what, text) => {
    expect(faultOf(() => parseTicket(text))).toBe(reason);
  });

  test('are rejected with a message for the user', () => {
    for (const [, , text] of cases) {
      expect(() => parseTicket(text)).toThrow(/^[A-Z].{20,}/s);
    }
  });

  test('are never written', () => {
    const ticket = { endpointId: KEY, relayUrls: [], ipAddrs: [], broadcastName: 'a' };
    for (const text of [
      '',
      '1.2.3.4',
      '1.2.3:4',
      '01.2.3.4:5',
      '1.2.3.4:65536',
      '::1:5',
      '[fe80::1%3]:5',
      '[1::2::3]:4',
      '[:::]:1',
      '[1:2:3:4:5:6:7:8:9]:1',
      '[1:2:3:4:5:6:7::8]:1x',
      '[1.2.3.4]:5',
      'host:1',
    ]) {
      expect([text, faultOf(() => formatTicket({ ...ticket, ipAddrs: [text] }))]).toEqual([
        text,
        'bad-address',
      ]);
    }
    expect(faultOf(() => formatTicket({ ...ticket, relayUrls: ['nowhere'] }))).toBe('bad-relay-url');
    expect(faultOf(() => formatTicket({ ...ticket, endpointId: 'abc' }))).toBe('bad-key');
  });
});

describe('properties of the ticket codec', () => {
  test('parse(format(x)) = x', () => {
    fc.assert(
      fc.property(normalTicket, (ticket) => {
        expect(parseTicket(formatTicket(ticket))).toEqual(ticket);
      }),
    );
  });

  test('formatting sorts the addresses of any ticket and loses none', () => {
    fc.assert(
      fc.property(anyTicket, (ticket) => {
        const parsed = parseTicket(formatTicket(ticket));
        const hrefs = ticket.relayUrls.map((url) => new URL(url).href);
        expect(new Set(parsed.relayUrls)).toEqual(new Set(hrefs));
        const reversed = {
          ...ticket,
          ipAddrs: [...ticket.ipAddrs].reverse(),
          relayUrls: [...ticket.relayUrls].reverse(),
        };
        expect(formatTicket(reversed)).toBe(formatTicket(ticket));
        for (const addr of ticket.ipAddrs.filter((text) => !text.startsWith('[')))
          expect(parsed.ipAddrs).toContain(addr);
        // Compare with the platform's URL parser, which writes IPv6 addresses in their shortest form, except
        // for mapped ones.
        for (const addr of ticket.ipAddrs.filter((text) => text.startsWith('['))) {
          const same = (text: string) =>
            new URL(`x://${text.replace(/:\d+$/, '')}`).hostname + text.replace(/^.*\]/, '');
          expect(parsed.ipAddrs.filter((text) => text.startsWith('[')).map(same)).toContain(same(addr));
        }
      }),
    );
  });

  test('format(parse(t)) = t for the normal form, and all forms have the same normal form', () => {
    fc.assert(
      fc.property(normalTicket, (ticket) => {
        const text = formatTicket(ticket);
        expect(normalizeTicket(text)).toBe(text);
        const legacy = `${ticket.broadcastName}@${encodeBase32(encodeEndpointAddr(ticket))}`;
        if (legacy.trimStart() === legacy && !/^https?:\/\//i.test(legacy) && !legacy.startsWith(SCHEME)) {
          expect(normalizeTicket(legacy)).toBe(text);
        }
      }),
    );
  });

  test('parsing any text throws nothing but TicketError', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
      fc.string().map((text) => `${SCHEME}${text}`),
      fc.string().map((text) => `https://${text}`),
      fc.string().map((text) => `https://x/?name=${text}`),
      fc.webUrl({ withQueryParameters: true }),
      fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${a}@${b}`),
    );
    fc.assert(
      fc.property(texts, (text) => void faultOf(() => parseTicket(text))),
      { numRuns: 2000 },
    );
  });

  test('parsing any bytes throws nothing but TicketError, and every parsed ticket can be formatted', () => {
    const tails = fc.uint8Array({ maxLength: 60 });
    const pieces = fc.array(
      fc.constantFrom(
        [0, 1],
        [1, 0],
        [1, 1],
        [0x80],
        [0],
        [127, 0, 0, 1],
        [0x68, 0x74, 0x74, 0x70, 0x3a, 0x2f, 0x2f, 0x61],
      ),
      { maxLength: 20 },
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      fc
        .tuple(fc.constantFrom(...keys), tails)
        .map(([key, tail]) => Uint8Array.from([...bytesOf(key), ...tail])),
      fc
        .tuple(fc.constantFrom(...keys), pieces)
        .map(([key, rest]) => Uint8Array.from([...bytesOf(key), ...rest.flat()])),
    );
    fc.assert(
      fc.property(bytes, (any) => {
        for (const text of [
          `${SCHEME}${encodeBase64Url(any)}/n`,
          `${encodeBase64Url(any)}/n`,
          `n@${encodeBase32(any)}`,
        ]) {
          if (faultOf(() => parseTicket(text)) === undefined) {
            expect(parseTicket(normalizeTicket(text))).toEqual(parseTicket(text));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a ticket that is truncated at any position is rejected', () => {
    fc.assert(
      fc.property(normalTicket, (ticket) => {
        const bytes = encodeEndpointAddr(ticket);
        for (let length = 0; length < bytes.length; length++) {
          const cut = `${SCHEME}${encodeBase64Url(bytes.subarray(0, length))}/n`;
          expect(faultOf(() => parseTicket(cut))).toBe('truncated');
        }
        const text = formatTicket(ticket);
        for (let length = 0; length <= text.indexOf('/'); length++) {
          expect(faultOf(() => parseTicket(text.slice(0, length)))).toBeDefined();
        }
      }),
      { numRuns: 30 },
    );
  });

  test('exactly the keys that iroh accepts are accepted', () => {
    const accepted = (key: Uint8Array) => {
      try {
        EndpointId.fromBytes(Array.from(key));
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        expect(isEd25519Point(key)).toBe(accepted(key));
      }),
      { numRuns: 300 },
    );
    const edges = ['00', '01', 'ec', 'ed', 'ee', 'ef', 'ff'].flatMap((first) =>
      ['7f', 'ff'].map((last) =>
        bytesOf(first + (first < '02' ? '00' : 'ff').repeat(30) + (first < '02' ? '00' : last)),
      ),
    );
    for (const key of edges) expect([key, isEd25519Point(key)]).toEqual([key, accepted(key)]);
    expect(isEd25519Point(new Uint8Array(31))).toBe(false);
  });
});

describe('decoding links', () => {
  const ticket = ticketOf(`${KEY}00`, 'my stream');

  test('works whether a link is encoded in part or as a whole', () => {
    for (const link of [encodeURI(ticket), ticket.replaceAll(' ', '%20'), encodeURIComponent(ticket)]) {
      expect(normalizeTicket(decodeLink(link))).toBe(ticket);
    }
    expect(decodeLink(encodeURI('iroh-live:x/Grüße/100%'))).toBe('iroh-live:x/Grüße/100%');
  });

  test.each([
    'iroh-live:x/hello',
    'iroh-live:x/100%',
    'iroh-live:x/%zz',
    // A ticket typed by a user, because browsers would encode all of these characters.
    'iroh-live:x/100%25 sure',
    'iroh-live:x/%41ü',
    // The query of a web address is decoded when it is parsed, so it must not be decoded here.
    'https://example.com/?name=iroh-live%3Ax%2F100%2525',
  ])('leaves %s unchanged', (text) => {
    expect(decodeLink(text)).toBe(text);
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof decodeLink(text) === 'string'));
  });
});
