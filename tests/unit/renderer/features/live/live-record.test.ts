import { describe, expect, it } from 'vitest';
import { parseLive } from '../../../../../renderer/features/live/live-record.ts';

describe('parseLive', () => {
  it('reads a record and nothing else', () => {
    expect(parseLive({ name: 'hello', source: 'test', more: 1 })).toEqual({ name: 'hello', source: 'test' });
    for (const kept of [null, 'x', 1, {}, { name: 1, source: 'test' }, { name: 'a', source: 'radio' }, []]) {
      expect(parseLive(kept)).toBeNull();
    }
  });
});
