import { describe, expect, it } from 'vitest';
import { LevelMeter, meterLevel } from '../../../../renderer/media/shared/level.ts';
import { Tone } from '../../../../renderer/media/sources/tone.ts';

describe('level', () => {
  it('is 0 for silence, 1 at full scale, and in between by decibels', () => {
    expect(meterLevel(0)).toBe(0);
    expect(meterLevel(1)).toBe(1);
    expect(meterLevel(10 ** (-30 / 20))).toBeCloseTo(0.5);
    expect(meterLevel(1e-9)).toBe(0);
  });

  it('is told 20 times a second', () => {
    const levels: number[] = [];
    const meter = new LevelMeter((level) => levels.push(level));
    for (let i = 0; i < 100; i++) meter.add(new Float32Array(480).fill(0.5), 48_000);
    expect(levels).toHaveLength(20);
    expect(levels.every((level) => level > 0.8)).toBe(true);
  });
});

describe('tone', () => {
  const rms = (samples: ArrayLike<number>) =>
    Math.sqrt(Array.from(samples).reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

  it('beeps at each full second and hums quietly in between', () => {
    const loudness = new Tone(0, 0).until(190_000).map(({ planes }) => rms(planes[0] ?? []));
    expect(loudness).toHaveLength(19);
    expect(Math.min(...loudness.slice(0, 10))).toBeGreaterThan(0.15);
    expect(Math.max(...loudness.slice(10))).toBeLessThan(0.08);
    expect(Math.min(...loudness)).toBeGreaterThan(0.01);
  });

  it('stamps each chunk with when it is heard, and makes up only a little after a pause', () => {
    const tone = new Tone(5_000_000, 6_000_000);
    expect(tone.until(6_030_000).map(({ startUs }) => startUs)).toEqual([6_000_000, 6_010_000, 6_020_000]);
    expect(tone.until(60_000_000).map(({ startUs }) => startUs)).toEqual([59_990_000]);
  });
});
