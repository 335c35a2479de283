import { describe, expect, it } from 'vitest';
import { LevelMeter, meterLevel } from '../../../../../renderer/media/shared/level-meter.ts';

describe('meterLevel', () => {
  it('maps silence to 0, full scale to 1, and the levels in between on a decibel scale', () => {
    expect(meterLevel(0)).toBe(0);
    expect(meterLevel(1)).toBe(1);
    expect(meterLevel(10 ** (-30 / 20))).toBeCloseTo(0.5);
    expect(meterLevel(1e-9)).toBe(0);
  });
});

describe('LevelMeter', () => {
  it('reports the level 20 times a second', () => {
    const levels: number[] = [];
    const meter = new LevelMeter((level) => levels.push(level));
    for (let i = 0; i < 100; i++) meter.add(new Float32Array(480).fill(0.5), 48_000);
    expect(levels).toHaveLength(20);
    expect(levels.every((level) => level > 0.8)).toBe(true);
  });
});
