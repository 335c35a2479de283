import { describe, expect, it } from 'vitest';
import { goodputBps, senderEstimateBps } from '../../../../common/moq/downlink.ts';

describe('goodput', () => {
  it('converts bytes per interval to whole bits per second', () => {
    expect(goodputBps(25_000, 200)).toBe(1_000_000);
    expect(goodputBps(1, 3)).toBe(2_667);
  });

  it('is 0 if the byte counter has started again', () => {
    expect(goodputBps(-500, 200)).toBe(0);
  });
});

describe('the sender’s estimate', () => {
  it('is the rate in the newest PROBE message, or null before the first message', () => {
    expect(senderEstimateBps({ probe: { peek: () => ({ estimatedRecvRate: 3_000_000 }) } })).toBe(3_000_000);
    expect(senderEstimateBps({ probe: { peek: () => ({}) } })).toBeNull();
  });
});
