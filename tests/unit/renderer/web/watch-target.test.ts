import { describe, expect, it } from 'vitest';
import { watchLink } from '../../../../renderer/features/ticket/watch-link.ts';
import { parseWatchTarget } from '../../../../renderer/web/watch-target.ts';

const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';

describe('parseWatchTarget', () => {
  it('returns no target for an empty name', () => {
    expect(parseWatchTarget('')).toEqual({ kind: 'none' });
    expect(parseWatchTarget('  ')).toEqual({ kind: 'none' });
  });

  it('normalizes a ticket of any accepted form', () => {
    const ticket = { kind: 'ticket', path: TICKET, label: 'hello' };
    expect(parseWatchTarget(TICKET)).toEqual(ticket);
    expect(parseWatchTarget(` ${TICKET}\n`)).toEqual(ticket);
    expect(parseWatchTarget(TICKET.slice('iroh-live:'.length))).toEqual(ticket);
    expect(parseWatchTarget(`https://elsewhere.example/?name=${encodeURIComponent(TICKET)}`)).toEqual(ticket);
  });

  it('accepts a path on the relay and a link to it', () => {
    expect(parseWatchTarget('room/hello')).toEqual({ kind: 'path', path: 'room/hello', label: 'hello' });
    expect(parseWatchTarget('https://relay.example:4443/?name=room/hello')).toEqual({
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
  ])('returns an error message for %s', (text) => {
    const name = parseWatchTarget(text);
    expect(name.kind).toBe('wrong');
    expect(name.kind === 'wrong' ? name.message : '').toMatch(/\.$/);
  });

  it('extracts the name from a watch link', () => {
    for (const text of [TICKET, 'room/hello', 'a b&c=d#e?f+g%41', 'Größe/日本']) {
      const link = watchLink('https://relay.example:4443/', text);
      expect(new URL(link).searchParams.get('name')).toBe(text);
    }
    expect(watchLink('https://relay.example:4443', TICKET)).toBe(
      `https://relay.example:4443/?name=${TICKET}`,
    );
  });
});
