import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { streamPriority } from '../../../../main/transport/send-order.ts';

/**
 * Computes a group's send order in the same way as moq-net's internal module: by priority, then by position.
 * Always negative.
 */
function groupOrder(priority: number, position: number): number {
  return -((255 - priority) * 2 ** 44 + position + 1);
}

const anyOrder = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }),
  fc.tuple(fc.nat(255), fc.nat(2 ** 23 - 1)).map(([priority, position]) => groupOrder(priority, position)),
);

describe('streamPriority', () => {
  test('fits into 32 bits for any send order', () => {
    fc.assert(
      fc.property(fc.oneof(anyOrder, fc.double()), (order) => {
        const priority = streamPriority(order);
        expect(Number.isInteger(priority)).toBe(true);
        expect(priority).toBeGreaterThanOrEqual(-(2 ** 31));
        expect(priority).toBeLessThan(2 ** 31);
      }),
      { numRuns: 2000 },
    );
    expect(streamPriority(undefined)).toBe(0);
  });

  test('never reverses two send orders', () => {
    fc.assert(
      fc.property(anyOrder, anyOrder, (a, b) => {
        if (a < b) expect(streamPriority(a)).toBeLessThanOrEqual(streamPriority(b));
      }),
      { numRuns: 5000 },
    );
  });

  test('distinguishes any two groups of a real session', () => {
    const rank = fc.tuple(fc.nat(255), fc.nat(2 ** 23 - 1));
    fc.assert(
      fc.property(rank, rank, ([p1, n1], [p2, n2]) => {
        const [a, b] = [groupOrder(p1, n1), groupOrder(p2, n2)];
        expect(Math.sign(streamPriority(a) - streamPriority(b))).toBe(Math.sign(a - b));
      }),
      { numRuns: 5000 },
    );
  });

  test('ranks control streams above all groups, audio above video, and newer video above older video', () => {
    const [audio, video, older] = [groupOrder(80, 0), groupOrder(60, 0), groupOrder(60, 1)];
    const mapped = [0, groupOrder(255, 0), audio, video, older, groupOrder(0, 2 ** 44 - 1)].map(
      streamPriority,
    );
    expect(mapped).toEqual([...mapped].sort((a, b) => b - a));
    expect(new Set(mapped)).toHaveLength(mapped.length);
    expect(mapped.at(-1)).toBe(-(2 ** 31));
  });
});
