import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { nameAlternatives } from '../../../../main/pull/name-alternatives.ts';

describe('the alternatives of a name', () => {
  test.each([
    ['hello.', 'hello'],
    ['hello”)', 'hello'],
    ['“hello”', 'hello'],
    ['hello**', 'hello'],
    ['my%20stream', 'my stream'],
    ['my%2520stream.', 'my stream'],
    ['Gr%C3%BC%C3%9Fe an alle', 'Grüße an alle'],
    ['Tom &amp; Jerry', 'Tom & Jerry'],
    ['hel\u200blo', 'hello'],
    ['\u200bhello', 'hello'],
    ['hello see you', 'hello'],
    ['hello, see you!', 'hello'],
    ['movie night - see you', 'movie night'],
    ['Gru\u0308n', 'Gr\u00fcn'],
    ['Gr\u00fcn', 'Gru\u0308n'],
  ])('of %j include %j', (name, intended) => {
    expect(nameAlternatives(name)).toContain(intended);
  });

  it('are none for a name of letters and digits', () => {
    for (const name of ['hello', 'stream-7', 'a/b', '你好']) expect(nameAlternatives(name)).toEqual([]);
  });

  it('are few, and never the name itself or empty', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const alternatives = nameAlternatives(name);
        expect(alternatives.length).toBeLessThanOrEqual(6);
        expect(alternatives).not.toContain(name);
        expect(alternatives).not.toContain('');
      }),
    );
  });

  it('are found without delay in a hostile name of 4096 characters', () => {
    for (const unit of ['.', ' ', 'a ', '%25', '&amp;', '\u200b', '. a']) {
      const start = performance.now();
      nameAlternatives(unit.repeat(4096 / unit.length));
      expect(performance.now() - start).toBeLessThan(500);
    }
  });
});
