import { expect, test } from 'vitest';
import { growthOf } from '../../../../bench/soak/growth.ts';

test('recognizes linear growth', () => {
  expect(growthOf([100, 110, 120, 130, 140, 150, 160, 170, 180], 5)).toBe('grows');
});

test('does not report growth that levels off', () => {
  expect(growthOf([100, 150, 180, 195, 200, 203, 204, 205, 205], 5)).toBe('level');
});

test('ignores a single high sample', () => {
  expect(growthOf([100, 101, 99, 100, 102, 100, 99, 250, 100], 5)).toBe('level');
});

test('recognizes growth that starts late', () => {
  expect(growthOf([100, 100, 100, 100, 100, 100, 120, 140, 160], 5)).toBe('grows');
});

test('needs six samples', () => {
  expect(growthOf([1, 2, 3, 4, 5], 0)).toBe('too short');
});
