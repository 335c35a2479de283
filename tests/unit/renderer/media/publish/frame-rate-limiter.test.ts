import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameRateLimiter } from '../../../../../renderer/media/publish/frame-rate-limiter.ts';

const at = (index: number, jitterUs = 0) => Math.round((index * 1_000_000) / 30 + jitterUs);

describe('FrameRateLimiter', () => {
  it('accepts every third frame to reduce 30 frames per second to 10', () => {
    const limiter = new FrameRateLimiter();
    const accepted = Array.from({ length: 30 }, (_, i) => i).filter((i) =>
      limiter.accepts(at(i), 10, 30, false),
    );
    expect(accepted).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
  });

  it('accepts all frames if the target equals the source’s rate', () => {
    const limiter = new FrameRateLimiter();
    expect([0, 1, 2, 30].every((us) => limiter.accepts(us, 30, 30, false))).toBe(true);
  });

  it('accepts a forced frame and schedules the next one an interval later', () => {
    const limiter = new FrameRateLimiter();
    const accepted = Array.from({ length: 12 }, (_, i) => i).filter((i) =>
      limiter.accepts(at(i), 10, 30, i === 4),
    );
    expect(accepted).toEqual([0, 3, 4, 7, 10]);
  });

  it('reaches the target rate despite source jitter', () => {
    const jitters = fc.array(fc.integer({ min: -8_000, max: 8_000 }), { minLength: 300, maxLength: 300 });
    fc.assert(
      fc.property(jitters, fc.constantFrom(5, 10, 15), (jitterUs, frameRate) => {
        const limiter = new FrameRateLimiter();
        const accepted = jitterUs.filter((us, i) => limiter.accepts(at(i + 1, us), frameRate, 30, false));
        expect(accepted.length).toBeGreaterThanOrEqual(frameRate * 10 * 0.9);
        expect(accepted.length).toBeLessThanOrEqual(frameRate * 10 + 1);
      }),
    );
  });
});
