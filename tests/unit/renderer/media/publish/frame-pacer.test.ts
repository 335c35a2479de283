import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FramePacer } from '../../../../../renderer/media/publish/frame-pacer.ts';

const at = (index: number, jitterUs = 0) => Math.round((index * 1_000_000) / 30 + jitterUs);

describe('fewer frames', () => {
  it('are every third of thirty, for ten', () => {
    const pacer = new FramePacer();
    const taken = Array.from({ length: 30 }, (_, i) => i).filter((i) => pacer.takes(at(i), 10, 30, false));
    expect(taken).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
  });

  it('are all of them where as many are wanted', () => {
    const pacer = new FramePacer();
    expect([0, 1, 2, 30].every((us) => pacer.takes(us, 30, 30, false))).toBe(true);
  });

  it('include those that must be, and go on from there', () => {
    const pacer = new FramePacer();
    const taken = Array.from({ length: 12 }, (_, i) => i).filter((i) => pacer.takes(at(i), 10, 30, i === 4));
    expect(taken).toEqual([0, 3, 4, 7, 10]);
  });

  it('are as many as wanted, although the source jitters', () => {
    const jitters = fc.array(fc.integer({ min: -8_000, max: 8_000 }), { minLength: 300, maxLength: 300 });
    fc.assert(
      fc.property(jitters, fc.constantFrom(5, 10, 15), (jitterUs, wanted) => {
        const pacer = new FramePacer();
        const taken = jitterUs.filter((us, i) => pacer.takes(at(i + 1, us), wanted, 30, false));
        expect(taken.length).toBeGreaterThanOrEqual(wanted * 10 * 0.9);
        expect(taken.length).toBeLessThanOrEqual(wanted * 10 + 1);
      }),
    );
  });
});
