import { expect, it } from 'vitest';
import { TokenBucket } from '../../../../main/base/token-bucket.ts';

it('a token bucket refills up to its capacity', () => {
  let nowMs = 0;
  const bucket = new TokenBucket(2, 10, () => nowMs);
  expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, true, false]);
  nowMs = 100;
  expect([bucket.tryTake(), bucket.tryTake()]).toEqual([true, false]);
  nowMs = 60_000;
  expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, true, false]);
});
