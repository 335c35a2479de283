import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioTimeline, MediaClock } from '../../../../../renderer/media/sources/media-clock.ts';

describe('MediaClock', () => {
  it('uses the delay of the fastest delivery as the offset, and never goes back', () => {
    const clock = new MediaClock();
    expect(clock.map(5_000_000, 140_000)).toBe(140_000);
    // This delivery is 40 ms faster, which shows that the first one was late.
    expect(clock.map(5_033_000, 133_000)).toBe(140_001);
    expect(clock.map(5_066_000, 190_000)).toBe(166_000);
    expect(clock.map(5_100_000, 230_000)).toBe(200_000);
  });

  it('returns the start time of data that arrives when it ends', () => {
    expect(new MediaClock().map(0, 1_000_000, 10_000)).toBe(990_000);
  });

  it('adapts to a source that restarts its clock', () => {
    const clock = new MediaClock();
    clock.map(60_000_000, 100_000);
    expect(clock.map(0, 200_000)).toBe(200_000);
  });

  it('returns increasing times for any sequence of deliveries', () => {
    const us = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(us, us)), (deliveries) => {
        const clock = new MediaClock();
        let last = -1;
        for (const [source, arrival] of deliveries) {
          const stamp = clock.map(source, arrival);
          expect(stamp).toBeGreaterThan(last);
          last = stamp;
        }
      }),
    );
  });
});

describe('AudioTimeline', () => {
  const CHUNK = 480;
  const run = (starts: number[]) => {
    const timeline = new AudioTimeline();
    return starts.map((start) => timeline.stamp(start, CHUNK, 48_000));
  };

  it('joins chunks seamlessly despite jitter', () => {
    const stamps = run([100_000, 118_000, 112_000, 139_000, 131_000]);
    expect(stamps.map((stamp) => stamp?.us)).toEqual([100_000, 110_000, 120_000, 130_000, 140_000]);
    expect(stamps.some((stamp) => stamp?.gap)).toBe(false);
  });

  it('preserves a gap in the input', () => {
    expect(run([0, 10_000, 1_000_000]).at(-1)).toEqual({ us: 1_000_000, gap: true });
  });

  // The drift of 1 % is far larger than any real sound card’s, which makes it visible within the test.
  it.each([
    ['slow', 10_100],
    ['fast', 9_900],
  ])('adapts to a sound card with a %s clock in a few small steps', (_, everyUs) => {
    const stamps = run(Array.from({ length: 2_000 }, (_, i) => i * everyUs));
    const last = stamps.findLast((stamp) => stamp !== null)?.us ?? 0;
    expect(Math.abs(last - 1_999 * everyUs)).toBeLessThan(40_000);
    const steps = stamps.filter((stamp) => stamp === null || stamp.gap).length;
    expect(steps).toBeGreaterThan(1);
    expect(steps).toBeLessThan(25);
  });

  it('never goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000_000 })), (starts) => {
        const timeline = new AudioTimeline();
        let end = 0;
        for (const start of starts) {
          const stamp = timeline.stamp(start, CHUNK, 48_000);
          if (!stamp) continue;
          expect(stamp.us).toBeGreaterThanOrEqual(end - 1);
          end = stamp.us + 10_000;
        }
      }),
    );
  });
});
