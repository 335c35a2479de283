import { describe, expect, test } from 'vitest';
import { ConnectionCount, SAMPLE_MS } from '../../../../../main/transport/bundle/connection-count.ts';

const MAX = 4;

/** A link as seen in the samples of successive intervals. */
interface Link {
  packets?: number;
  lost: (interval: number) => number;
  rttMs: (interval: number) => number;
}

/** Feeds a policy with `seconds` of samples. Returns the count after each sample. */
function feed(policy: ConnectionCount, seconds: number, link: Link, fromMs = 0): number[] {
  return Array.from({ length: (seconds * 1_000) / SAMPLE_MS }, (_, interval) =>
    policy.add({
      atMs: fromMs + interval * SAMPLE_MS,
      sentPackets: link.packets ?? 60,
      lostPackets: link.lost(interval),
      rttMs: link.rttMs(interval),
    }),
  );
}

/** Round-trip times with the peaks that a busy computer causes. */
const noisy = (interval: number) => 51 + (interval % 5 === 0 ? 25 : interval % 3);
const everyFourth = (interval: number) => (interval % 2 === 0 ? 2 : 1);

describe('the number of connections', () => {
  test('stays 1 on a link without loss, even if it has a queue', () => {
    const counts = feed(new ConnectionCount(MAX), 60, { lost: () => 0, rttMs: (i) => 50 + (i % 40) * 5 });
    expect(new Set(counts)).toEqual(new Set([1]));
  });

  test('stays 1 after a single burst of loss', () => {
    const counts = feed(new ConnectionCount(MAX), 60, { lost: (i) => (i === 20 ? 2 : 0), rttMs: noisy });
    expect(new Set(counts)).toEqual(new Set([1]));
  });

  test('grows to the maximum within 3 s if packets are lost without a queue', () => {
    const counts = feed(new ConnectionCount(MAX), 10, { lost: everyFourth, rttMs: noisy });
    expect(counts.indexOf(MAX)).toBeLessThan(3_000 / SAMPLE_MS);
    expect(counts.slice(counts.indexOf(MAX)).every((count) => count === MAX)).toBe(true);
  });

  test('stays 1 if packets are lost when the queue is full, even if it was never empty', () => {
    const counts = feed(new ConnectionCount(MAX), 60, {
      // Cubic fills the queue until packets are dropped, and then reduces its window.
      lost: (i) => (i % 20 >= 18 ? 4 : 0),
      rttMs: (i) => 150 + (i % 20) * 5,
    });
    expect(Math.max(...counts)).toBe(1);
  });

  test('returns to 1 at once when the loss becomes congestion, and grows again only after a pause', () => {
    const policy = new ConnectionCount(MAX);
    feed(policy, 5, { lost: everyFourth, rttMs: noisy });
    expect(policy.count).toBe(MAX);
    const congested = feed(policy, 5, { lost: everyFourth, rttMs: () => 140 }, 5_000);
    expect(congested.indexOf(1)).toBeLessThan(2_000 / SAMPLE_MS);
    const calm = feed(policy, 20, { lost: everyFourth, rttMs: noisy }, 10_000);
    expect(congested.slice(congested.indexOf(1)).every((count) => count === 1)).toBe(true);
    expect(calm.indexOf(2)).toBeGreaterThan(2_000 / SAMPLE_MS);
    expect(calm.at(-1)).toBe(MAX);
  });

  test('returns to 1 if more connections cause more loss, although no queue is visible', () => {
    const policy = new ConnectionCount(MAX);
    const counts: number[] = [];
    for (let interval = 0; interval < 60_000 / SAMPLE_MS; interval += 1) {
      // At a full bottleneck, the loss rate grows with the square of the number of flows.
      const lostPackets = interval % 2 === 0 ? policy.count ** 2 : 0;
      counts.push(policy.add({ atMs: interval * SAMPLE_MS, sentPackets: 60, lostPackets, rttMs: 50 }));
    }
    const share = counts.filter((count) => count === 1).length / counts.length;
    expect(share).toBeGreaterThan(0.7);
  });

  test('returns to 1 step by step when no packet has been lost for some time', () => {
    const policy = new ConnectionCount(MAX);
    feed(policy, 5, { lost: everyFourth, rttMs: noisy });
    const calm = feed(policy, 40, { lost: () => 0, rttMs: noisy }, 5_000);
    expect([...new Set(calm)]).toEqual([4, 3, 2, 1]);
  });
});
