import { describe, expect, it } from 'vitest';
import { isBelow, relayPathFor, tokenRequiredText } from '../../../../common/relay/relay-path.ts';

describe('relay paths', () => {
  it('are compared with prefixes part by part', () => {
    expect(isBelow([''], 'hello')).toBe(true);
    expect(isBelow(['hall', 'studio'], 'studio/one')).toBe(true);
    expect(isBelow(['studio'], 'studio')).toBe(true);
    expect(isBelow(['studio'], 'studios/one')).toBe(false);
    expect(isBelow([], 'hello')).toBe(false);
  });

  it('consist of the name if it is allowed, otherwise of the name under the first prefix', () => {
    expect(relayPathFor('hello', [''])).toBe('hello');
    expect(relayPathFor('hello', ['studio', 'hall'])).toBe('studio/hello');
    expect(relayPathFor('hall/hello', ['studio', 'hall'])).toBe('hall/hello');
    expect(relayPathFor('hello', [])).toBeNull();
  });

  it('can be made public with an option that is quoted for a shell', () => {
    expect(tokenRequiredText('studio/one').body).toMatch(/ --public-read studio$/);
    expect(tokenRequiredText('my room/one').body).toMatch(/ --public-read 'my room'$/);
    expect(tokenRequiredText('hello').body).toMatch(/ --public-read hello$/);
  });
});
