import { describe, expect, test } from 'vitest';
import { EncoderRate } from '../../../../../renderer/media/publish/encoder-rate.ts';

const FULL = 2_500_000;

/** An encoder that runs at its full bitrate since 0 ms. */
function running(): EncoderRate {
  const rate = new EncoderRate(FULL);
  rate.next(0, true);
  rate.next(33, false);
  return rate;
}

describe('EncoderRate', () => {
  test('encodes the first keyframe at half of the bitrate, and the next frame at all of it', () => {
    const rate = new EncoderRate(FULL);
    expect(rate.next(0, true)).toBe(FULL / 2);
    expect(rate.next(33, false)).toBe(FULL);
    expect(rate.next(66, false)).toBeNull();
  });

  test('keeps the bitrate for later keyframes while the connection does not limit it', () => {
    const rate = running();
    expect(rate.next(2_000, true)).toBeNull();
    rate.setLimit(3_000_000);
    expect(rate.next(4_000, true)).toBeNull();
  });

  test('halves the bitrate for each keyframe while the connection limits it', () => {
    const rate = running();
    rate.setLimit(1_600_000);
    expect(rate.next(1_000, false)).toBe(1_600_000);
    expect(rate.next(2_000, true)).toBe(800_000);
    expect(rate.next(2_033, false)).toBe(1_600_000);
  });

  test('configures the encoder at most every 200 ms, except for large reductions, and ignores small changes', () => {
    const rate = running();
    rate.setLimit(2_450_000);
    expect(rate.next(1_000, false)).toBeNull();
    rate.setLimit(2_300_000);
    expect(rate.next(1_033, false)).toBe(2_300_000);
    rate.setLimit(2_100_000);
    expect(rate.next(1_066, false)).toBeNull();
    rate.setLimit(1_500_000);
    expect(rate.next(1_100, false)).toBe(1_500_000);
    rate.setLimit(2_400_000);
    expect(rate.next(1_133, false)).toBeNull();
    expect(rate.next(1_300, false)).toBe(2_400_000);
  });

  test('follows a new full bitrate, and keeps the limit when the encoder restarts', () => {
    const rate = running();
    rate.setFull(1_000_000);
    expect(rate.next(1_000, false)).toBe(1_000_000);
    rate.setLimit(600_000);
    rate.restart();
    expect(rate.next(2_000, true)).toBe(300_000);
    expect(rate.next(2_033, false)).toBe(600_000);
    expect(rate.targetBps).toBe(600_000);
  });
});
