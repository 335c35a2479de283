import { describe, expect, it } from 'vitest';
import { Tone } from '../../../../../renderer/media/sources/tone.ts';

describe('Tone', () => {
  const rms = (samples: ArrayLike<number>) =>
    Math.sqrt(Array.from(samples).reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

  it('beeps at each full second and hums quietly in between', () => {
    const loudness = new Tone(0, 0).until(190_000).map(({ planes }) => rms(planes[0] ?? []));
    expect(loudness).toHaveLength(19);
    expect(Math.min(...loudness.slice(0, 10))).toBeGreaterThan(0.15);
    expect(Math.max(...loudness.slice(10))).toBeLessThan(0.08);
    expect(Math.min(...loudness)).toBeGreaterThan(0.01);
  });

  it('returns the start of each chunk, and skips most chunks of a long pause', () => {
    const tone = new Tone(5_000_000, 6_000_000);
    expect(tone.until(6_030_000).map(({ startUs }) => startUs)).toEqual([6_000_000, 6_010_000, 6_020_000]);
    expect(tone.until(60_000_000).map(({ startUs }) => startUs)).toEqual([59_990_000]);
  });
});
