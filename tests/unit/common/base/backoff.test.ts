import { describe, expect, it } from 'vitest';
import { Backoff } from '../../../../common/base/backoff.ts';

const CONFIG = { firstMs: 500, factor: 2, maxMs: 15_000 };
const delays = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next());

describe('back-off', () => {
  it('doubles the delay up to the maximum', () => {
    const backoff = new Backoff(CONFIG, () => 0.5);
    expect(delays(backoff, 7)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it('starts again with the first delay after a reset', () => {
    const backoff = new Backoff(CONFIG, () => 0.5);
    delays(backoff, 4);
    backoff.reset();
    expect(backoff.next()).toBe(500);
  });

  it('shortens or lengthens each delay by up to a fifth', () => {
    expect(delays(new Backoff(CONFIG, () => 0), 6)).toEqual([400, 800, 1_600, 3_200, 6_400, 12_000]);
    expect(delays(new Backoff(CONFIG, () => 0.75), 3)).toEqual([550, 1_100, 2_200]);
    expect(delays(new Backoff(CONFIG, () => 1), 5)).toEqual([600, 1_200, 2_400, 4_800, 9_600]);
  });

  it('never exceeds the maximum, but still differs between clients', () => {
    const longest = (random: number) => delays(new Backoff(CONFIG, () => random), 6).at(-1);
    expect([0.25, 0.5, 0.75, 1].map(longest)).toEqual([13_500, 15_000, 13_500, 12_000]);
  });

  it('draws a new random number for each delay', () => {
    const numbers = [0, 1, 0.5];
    const backoff = new Backoff({ firstMs: 100, factor: 1, maxMs: 200 }, () => numbers.shift() ?? 0.5);
    expect(delays(backoff, 3)).toEqual([80, 120, 100]);
  });

  it('applies jitter to a delay that the caller limits, and keeps counting attempts', () => {
    const backoff = new Backoff(CONFIG, () => 1);
    expect(backoff.next(300)).toBe(240);
    expect(backoff.next()).toBe(1_200);
    expect(new Backoff(CONFIG, () => 0).next(300)).toBe(240);
    expect(new Backoff(CONFIG, () => 0.5).next(300)).toBe(300);
  });
});
