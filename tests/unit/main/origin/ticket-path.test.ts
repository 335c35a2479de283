import { randomBytes } from 'node:crypto';
import { Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from '../../../../common/ticket/base-n.ts';
import { encodeEndpointAddr } from '../../../../common/ticket/endpoint-addr.ts';
import { isTicketPath, parseTicketPath } from '../../../../main/origin/ticket-path.ts';
import tickets from '../../../fixtures/tickets.json' with { type: 'json' };

const ENDPOINT_ID = 'ae58ff8833241ac82d6ff7611046ed67b5072d142c588d0063e942d9a75502b6';
const address = encodeEndpointAddr({
  endpointId: ENDPOINT_ID,
  relayUrls: ['https://relay.example/'],
  ipAddrs: ['192.0.2.1:4500', '[2001:db8::1]:4500'],
});

function base32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('');
}

describe('isTicketPath', () => {
  it.each([
    ['with the scheme', `iroh-live:${encodeBase64Url(address)}/hello`],
    ['without the scheme', `${encodeBase64Url(address)}/hello`],
    ['with a name of several parts', `${encodeBase64Url(address)}/hello/again@home`],
    ['in the older form', `hello@${base32(address)}`],
    ['in the older form, in upper case', `hello@${base32(address).toUpperCase()}`],
    ['with white space around it', `  ${encodeBase64Url(address)}/hello`],
    ['with white space before the scheme', ` iroh-live:${encodeBase64Url(address)}/hello`],
    ['whose address contains only the key', `${encodeBase64Url(new Uint8Array(33))}/x`],
  ])('recognizes a ticket %s', (_form, text) => {
    expect(isTicketPath(Path.from(text))).toBe(true);
  });

  it('recognizes every text that can be parsed as a ticket', () => {
    const texts = JSON.stringify(tickets).match(/[^"\\]{40,}/g) ?? [];
    const parsed = texts.map((text) => Path.from(text)).filter((path) => parseTicketPath(path) !== undefined);
    expect(parsed.length).toBeGreaterThan(5);
    for (const path of parsed) expect(isTicketPath(path), path).toBe(true);
  });

  it.each([
    ['a name', 'hello'],
    ['a long name', `room/${'x'.repeat(900)}`],
    ['a hash and a name', `${'0123456789abcdef'.repeat(4)}/video`],
    ['a cut address', `${encodeBase64Url(address.subarray(0, -1))}/hello`],
    ['a longer address', `${encodeBase64Url(Uint8Array.from([...address, 0]))}/hello`],
    ['an unknown kind of address', `${encodeBase64Url(Uint8Array.from([...new Uint8Array(32), 1, 2, 0]))}/x`],
    [
      'an endless number',
      `${encodeBase64Url(Uint8Array.from([...new Uint8Array(32), ...Array(80).fill(128)]))}/x`,
    ],
    ['an address without a name', encodeBase64Url(address)],
    ['an e-mail address', `somebody@${'example'.repeat(10)}`],
  ])('does not mistake %s for a ticket', (_what, text) => {
    expect(isTicketPath(Path.from(text))).toBe(false);
  });

  it('does not mistake random text for a ticket', () => {
    for (let i = 0; i < 2_000; i += 1) {
      const bytes = randomBytes(48);
      expect(isTicketPath(Path.from(`${bytes.toString('base64url')}/x`)), bytes.toString('hex')).toBe(false);
      expect(isTicketPath(Path.from(`x@${base32(bytes)}`)), bytes.toString('hex')).toBe(false);
    }
  });

  it('does not validate keys, because that would take too long', () => {
    const bytes = decodeBase64Url(encodeBase64Url(address)) ?? new Uint8Array();
    // About half of all keys are invalid, because they are not points on the curve.
    const invalid = Array.from({ length: 50 }, (_, i) => Uint8Array.from([i, ...bytes.subarray(1)]))
      .map((changed) => Path.from(`${encodeBase64Url(changed)}/x`))
      .filter((path) => parseTicketPath(path) === undefined);
    expect(invalid.length).toBeGreaterThan(0);
    for (const path of invalid) expect(isTicketPath(path)).toBe(true);
  });
});
