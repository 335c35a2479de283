import { describe, expect, it } from 'vitest';
import { closedWords, isBelow, placeFor } from '../../../../common/relay/relay-place.ts';

describe('a place on a relay', () => {
  it('is below a prefix of whole parts', () => {
    expect(isBelow([''], 'hello')).toBe(true);
    expect(isBelow(['hall', 'studio'], 'studio/one')).toBe(true);
    expect(isBelow(['studio'], 'studio')).toBe(true);
    expect(isBelow(['studio'], 'studios/one')).toBe(false);
    expect(isBelow([], 'hello')).toBe(false);
  });

  it('is the name where that may be, else below what may be', () => {
    expect(placeFor('hello', [''])).toBe('hello');
    expect(placeFor('hello', ['studio', 'hall'])).toBe('studio/hello');
    expect(placeFor('hall/hello', ['studio', 'hall'])).toBe('hall/hello');
    expect(placeFor('hello', [])).toBeNull();
  });

  it('that is closed is opened by an option that a shell takes as it stands', () => {
    expect(closedWords('studio/one').body).toMatch(/ --public-read studio$/);
    expect(closedWords('my room/one').body).toMatch(/ --public-read 'my room'$/);
    expect(closedWords('hello').body).toMatch(/ --public-read hello$/);
  });
});
