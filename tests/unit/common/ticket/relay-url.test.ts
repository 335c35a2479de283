import { describe, expect, it } from 'vitest';
import { parsePushTarget, parseShareRelay } from '../../../../common/ticket/relay-url.ts';

const ID = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';

describe('the relay for share links', () => {
  it.each([
    ['https://relay.example:4443', 'https://relay.example:4443/'],
    ['relay.example:4443', 'https://relay.example:4443/'],
    [' http://127.0.0.1:4443/some/page?x=1 ', 'http://127.0.0.1:4443/'],
    ['[::1]:4443', 'https://[::1]:4443/'],
    ['example.org/live/', 'https://example.org/live/'],
    ['https://example.org/live/?name=film#top', 'https://example.org/live/'],
  ])('is parsed from %s as %s', (text, url) => expect(parseShareRelay(text)?.href).toBe(url));

  it.each([
    '',
    'wss://relay.example',
    'ftp://relay.example',
    'https://',
    'https://me:secret@x',
    'a b',
    TICKET,
  ])('is not parsed from %j', (text) => expect(parseShareRelay(text)).toBeNull());
});

describe('the relay to push to', () => {
  it('is parsed from a web address', () => {
    const target = parsePushTarget('wss://relay.example/room?jwt=x');
    expect(target?.kind === 'url' && target.url.href).toBe('wss://relay.example/room?jwt=x');
  });

  it('is parsed from an endpoint id or a ticket', () => {
    const id = parsePushTarget(ID.toUpperCase());
    expect(id?.kind === 'iroh' && id.address.endpointId).toBe(ID);
    for (const ticket of [TICKET, TICKET.replace(/hello$/, '')]) {
      const target = parsePushTarget(ticket);
      expect(target?.kind === 'iroh' && target.address.endpointId).toBe(ID);
    }
  });

  it.each(['', 'iroh-live:nonsense', 'mailto:x@y', 'two words'])('is not parsed from %j', (text) =>
    expect(parsePushTarget(text)).toBeNull(),
  );
});
