import fc from 'fast-check';
import { Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { LIVE_PREFIX } from '../../../../common/bridge/bridge.ts';
import { broadcastNameProblem, pathFault } from '../../../../common/ticket/broadcast-name.ts';
import { formatTicket, parseTicket } from '../../../../common/ticket/ticket.ts';

const peer = {
  endpointId: 'ae58ff8833241ac82d6ff7611046ed67b5072d142c588d0063e942d9a75502b6',
  relayUrls: [],
  ipAddrs: [],
};

describe('broadcast name validation', () => {
  it.each(['hello', 'Maya’s show', 'a/b', 'calls', 'my/call', '100 %', 'x@y', '…'])('accepts %j', (name) => {
    expect(broadcastNameProblem(name)).toBeNull();
  });

  it.each([
    '',
    '  ',
    ' a',
    'a ',
    '/a',
    'a/',
    'hello /',
    'a//b',
    '/',
    '\ud800',
    'x'.repeat(201),
    'a/'.repeat(31),
    'call',
    'call-status',
    'call/mine',
  ])('rejects %j with a sentence', (name) => {
    expect(broadcastNameProblem(name)).toMatch(/^[A-Z].+\.$/);
  });

  it('agrees with moq-lite about which names are valid paths under the window’s prefix', () => {
    const texts = fc.array(fc.constantFrom('a', '/', '/a', 'é', ' '), { maxLength: 40 });
    fc.assert(
      fc.property(texts, (parts) => {
        const name = parts.join('');
        const path = Path.from(name);
        const fits = path === name && path !== '' && Path.parts(path).length < Path.MAX_PARTS;
        expect(pathFault(name) === null).toBe(fits);
      }),
    );
  });

  it('accepts only names that survive as a MoQ path and in a ticket', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.constantFrom('a', '/', ' ', '@', 'é'), { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (name) => {
        fc.pre(broadcastNameProblem(name) === null);
        const prefix = Path.from(LIVE_PREFIX);
        expect(Path.stripPrefix(prefix, Path.from(LIVE_PREFIX, name))).toBe(name);
        expect(parseTicket(formatTicket({ ...peer, broadcastName: name })).broadcastName).toBe(name);
      }),
    );
  });
});
