import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyframeClock } from '../../../../../renderer/media/publish/keyframes.ts';

const MS = 1000;
/** Which of the frames, 33 ms apart, are keyframes; `at` is called before each. */
function keysOf(
  clock: KeyframeClock,
  frames: number,
  at: (index: number) => void = () => undefined,
): number[] {
  const keys: number[] = [];
  for (let i = 0; i < frames; i++) {
    at(i);
    if (clock.due(i * 33 * MS)) keys.push(i);
  }
  return keys;
}

describe('keyframes', () => {
  it('come every two seconds', () => {
    expect(keysOf(new KeyframeClock(), 140)).toEqual([0, 61, 122]);
  });

  it('come at once for a reader, and no sooner than 300 ms after the last', () => {
    const clock = new KeyframeClock();
    expect(keysOf(clock, 60, (i) => (i === 3 || i === 40) && clock.request())).toEqual([0, 10, 40]);
  });

  it('start with a rendition, unless the others have just had theirs', () => {
    const clock = new KeyframeClock();
    expect(keysOf(clock, 60, (i) => (i === 3 || i === 40) && clock.starting(i * 33 * MS))).toEqual([0, 40]);
  });

  it('are no storm, however many readers come', () => {
    const wishes = fc.array(fc.boolean(), { minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(wishes, (wanted) => {
        const clock = new KeyframeClock();
        const keys = keysOf(clock, wanted.length, (i) => wanted[i] && clock.request());
        for (const [i, key] of keys.entries()) {
          if (i > 0) expect((key - (keys[i - 1] ?? 0)) * 33).toBeGreaterThanOrEqual(300);
        }
        expect(keys[0]).toBe(0);
      }),
    );
  });
});
