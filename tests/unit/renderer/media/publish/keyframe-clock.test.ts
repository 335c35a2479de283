import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyframeClock } from '../../../../../renderer/media/publish/keyframe-clock.ts';

const MS = 1000;
/** Returns the indexes of the keyframes among frames that are 33 ms apart. `at` runs before each frame. */
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

describe('KeyframeClock', () => {
  it('requests a keyframe every two seconds', () => {
    expect(keysOf(new KeyframeClock(), 140)).toEqual([0, 61, 122]);
  });

  it('grants a requested keyframe as soon as the last keyframe is 300 ms old', () => {
    const clock = new KeyframeClock();
    expect(keysOf(clock, 60, (i) => (i === 3 || i === 40) && clock.request())).toEqual([0, 10, 40]);
  });

  it('requests a keyframe when a rendition starts, unless the last keyframe is too recent', () => {
    const clock = new KeyframeClock();
    expect(keysOf(clock, 60, (i) => (i === 3 || i === 40) && clock.renditionStarting(i * 33 * MS))).toEqual([
      0, 40,
    ]);
  });

  it('keeps keyframes at least 300 ms apart, for any number of requests', () => {
    const requests = fc.array(fc.boolean(), { minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(requests, (requested) => {
        const clock = new KeyframeClock();
        const keys = keysOf(clock, requested.length, (i) => requested[i] && clock.request());
        for (const [i, key] of keys.entries()) {
          if (i > 0) expect((key - (keys[i - 1] ?? 0)) * 33).toBeGreaterThanOrEqual(300);
        }
        expect(keys[0]).toBe(0);
      }),
    );
  });
});
