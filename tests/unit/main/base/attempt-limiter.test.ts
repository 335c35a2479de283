import { expect, test } from 'vitest';
import { AttemptLimiter } from '../../../../main/base/attempt-limiter.ts';

test('counts the attempts per key and minute', () => {
  let now = 0;
  const limiter = new AttemptLimiter(2, () => now);
  expect([limiter.allows('a'), limiter.allows('a'), limiter.allows('a'), limiter.allows('b')]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  now = 60_000;
  expect(limiter.allows('a')).toBe(true);
});

test('drops old keys instead of growing without limit', () => {
  const limiter = new AttemptLimiter(1, () => 0);
  limiter.allows('first');
  for (let i = 0; i < 5_000; i += 1) limiter.allows(`peer ${i}`);
  expect(limiter.allows('first')).toBe(true);
});
