import { describe, expect, it } from 'vitest';
import { watchLink } from '../../../../renderer/features/shared/watch-link.ts';
import { readName } from '../../../../renderer/web/name.ts';

const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';

describe('what an address asks to watch', () => {
  it('is nothing without a name', () => {
    expect(readName('')).toEqual({ kind: 'none' });
    expect(readName('  ')).toEqual({ kind: 'none' });
  });

  it('is a ticket in its normal form, whatever form it came in', () => {
    const ticket = { kind: 'ticket', path: TICKET, label: 'hello' };
    expect(readName(TICKET)).toEqual(ticket);
    expect(readName(` ${TICKET}\n`)).toEqual(ticket);
    expect(readName(TICKET.slice('iroh-live:'.length))).toEqual(ticket);
    expect(readName(`https://elsewhere.example/?name=${encodeURIComponent(TICKET)}`)).toEqual(ticket);
  });

  it('is a path on the relay', () => {
    expect(readName('room/hello')).toEqual({ kind: 'path', path: 'room/hello', label: 'hello' });
    expect(readName('https://relay.example:4443/?name=room/hello')).toEqual({
      kind: 'path',
      path: 'room/hello',
      label: 'hello',
    });
  });

  it.each([
    'iroh-live:',
    'iroh-live:abc',
    'iroh-live:!!!/x',
    `hello@${'b'.repeat(60)}`,
    'a//b',
    '/',
    'https://x/',
  ])('is wrong, in words: %s', (text) => {
    const name = readName(text);
    expect(name.kind).toBe('wrong');
    expect(name.kind === 'wrong' ? name.message : '').toMatch(/\.$/);
  });

  it('comes back out of a link', () => {
    for (const text of [TICKET, 'room/hello', 'a b&c=d#e?f+g%41', 'Größe/日本']) {
      const link = watchLink('https://relay.example:4443/', text);
      expect(new URL(link).searchParams.get('name')).toBe(text);
    }
    expect(watchLink('https://relay.example:4443', TICKET)).toBe(
      `https://relay.example:4443/?name=${TICKET}`,
    );
  });
});
