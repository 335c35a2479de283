import { describe, expect, it } from 'vitest';
import { parseSavedBroadcast } from '../../../../../renderer/features/live/saved-broadcast.ts';

describe('parseSavedBroadcast', () => {
  it('accepts a saved broadcast and nothing else', () => {
    expect(parseSavedBroadcast({ name: 'hello', source: 'test', more: 1 })).toEqual({
      name: 'hello',
      source: 'test',
    });
    for (const stored of [
      null,
      'x',
      1,
      {},
      { name: 1, source: 'test' },
      { name: 'a', source: 'radio' },
      [],
    ]) {
      expect(parseSavedBroadcast(stored)).toBeNull();
    }
  });
});
