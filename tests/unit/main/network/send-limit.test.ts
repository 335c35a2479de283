import { describe, expect, test } from 'vitest';
import { SendLimit } from '../../../../main/network/send-limit.ts';

const MBIT = 1_000_000;
const STEP_MS = 100;

/** A link with a queue, and a sender that sends at any rate. Its congestion window never limits it. */
class Link {
  readonly limit = new SendLimit();
  capacityBps: number;
  baseMs = 20;
  path = '1';
  #atMs = 0;
  #queueBytes = 0;
  #sentBytes = 0;
  #lostBytes = 0;
  #maxQueueMs: number;

  constructor(capacityBps: number, maxQueueMs = 300) {
    this.capacityBps = capacityBps;
    this.#maxQueueMs = maxQueueMs;
  }

  get queueMs(): number {
    return (this.#queueBytes * 8_000) / this.capacityBps;
  }

  /** Sends for a time at the rate that `rate` returns. Returns the limit after each sample. */
  send(forMs: number, rate: () => number, sample: { cwndBytes?: number; congestionEvents?: number } = {}) {
    const limits: (number | null)[] = [];
    for (let passedMs = 0; passedMs < forMs; passedMs += STEP_MS) {
      this.#atMs += STEP_MS;
      const bytes = (rate() * STEP_MS) / 8_000;
      this.#sentBytes += bytes;
      const maxBytes = (this.#maxQueueMs * this.capacityBps) / 8_000;
      const queued = Math.max(0, this.#queueBytes + bytes - (this.capacityBps * STEP_MS) / 8_000);
      this.#queueBytes = Math.min(maxBytes, queued);
      this.#lostBytes += queued - this.#queueBytes;
      limits.push(
        this.limit.add({
          atMs: this.#atMs,
          path: this.path,
          rttMs: Math.round(this.baseMs + this.queueMs),
          cwndBytes: 10_000_000,
          congestionEvents: 0,
          sentBytes: this.#sentBytes,
          lostBytes: this.#lostBytes,
          ...sample,
        }),
      );
    }
    return limits;
  }

  /** Sends as much as is wanted and permitted. */
  follow(forMs: number, wantedBps: number, minBps = 0) {
    return this.send(forMs, () => Math.min(wantedBps, Math.max(minBps, this.limit.bps ?? wantedBps)));
  }
}

describe('SendLimit', () => {
  test('starts at 1.5 Mbit/s, and rises to twice the sent rate while there is no queue', () => {
    const link = new Link(100 * MBIT);
    expect(link.send(300, () => 0.3 * MBIT).at(-1)).toBe(1.5 * MBIT);
    link.follow(2_000, 2.6 * MBIT);
    expect(link.limit.bps).toBeGreaterThan(5.1 * MBIT);
    expect(link.limit.bps).toBeLessThan(5.3 * MBIT);
  });

  test('finds the capacity of a slow link, uses most of it, and keeps the queue nearly empty', () => {
    for (const capacity of [1.2, 2, 4]) {
      const link = new Link(capacity * MBIT);
      link.send(300, () => 0.3 * MBIT);
      link.follow(4_000, 8 * MBIT);
      const rates = link.send(20_000, () => link.limit.bps ?? 0).map((bps) => (bps ?? 0) / MBIT / capacity);
      const mean = rates.reduce((sum, share) => sum + share, 0) / rates.length;
      expect(mean).toBeGreaterThan(0.8);
      expect(Math.max(...rates)).toBeLessThan(1.35);
      const queues = Array.from({ length: 200 }, () => {
        link.follow(STEP_MS, 8 * MBIT);
        return link.queueMs;
      }).sort((a, b) => a - b);
      expect(queues[100]).toBeLessThan(50);
      expect(queues[190]).toBeLessThan(150);
    }
  });

  test('reacts to a full queue within half a second, and empties it', () => {
    const link = new Link(8 * MBIT);
    link.follow(5_000, 2.5 * MBIT);
    link.capacityBps = 1.5 * MBIT;
    const limits = link.follow(600, 2.5 * MBIT);
    expect(limits.at(-1)).toBeLessThan(1.5 * MBIT);
    link.follow(1_500, 2.5 * MBIT);
    expect(link.queueMs).toBeLessThan(40);
  });

  test('rises again smoothly after the link has become faster', () => {
    const link = new Link(1.5 * MBIT);
    link.send(300, () => 0.3 * MBIT);
    link.follow(10_000, 2.5 * MBIT);
    link.capacityBps = 8 * MBIT;
    const limits = link.follow(10_000, 2.5 * MBIT).map((bps) => bps ?? 0);
    expect(limits.at(-1)).toBeGreaterThan(2.5 * MBIT);
    for (const [i, bps] of limits.entries()) {
      const before = limits[i - 1];
      if (i >= 10 && before !== undefined) expect(bps / before).toBeLessThan(1.1);
    }
  });

  test('ignores short bursts, such as keyframes, and slow variations of the round-trip time', () => {
    const link = new Link(8 * MBIT);
    link.follow(3_000, 2.5 * MBIT);
    for (let i = 0; i < 5; i += 1) {
      link.send(STEP_MS, () => 14 * MBIT);
      link.send(1_900, () => 2.5 * MBIT);
      link.baseMs += 4;
    }
    expect(link.limit.bps).toBeGreaterThan(4 * MBIT);
  });

  test('uses the congestion window as the capacity while losses limit it, but not while it has never been reduced', () => {
    const link = new Link(100 * MBIT);
    const cwndBytes = 5_000; // 2 Mbit/s at a round-trip time of 20 ms
    link.send(2_000, () => 2 * MBIT, { cwndBytes });
    expect(link.limit.bps).toBeGreaterThan(3 * MBIT);
    link.send(1_000, () => 2 * MBIT, { cwndBytes, congestionEvents: 1 });
    expect(link.limit.bps).toBeLessThan(2 * MBIT);
    expect(link.limit.bps).toBeGreaterThan(1.5 * MBIT);
  });

  test('forgets everything when the network path changes', () => {
    const link = new Link(1.2 * MBIT);
    link.send(300, () => 0.3 * MBIT);
    link.follow(5_000, 2.5 * MBIT);
    expect(link.limit.bps).toBeLessThan(1.5 * MBIT);
    link.path = '2';
    link.baseMs = 80;
    link.capacityBps = 100 * MBIT;
    link.follow(3_000, 2.5 * MBIT);
    expect(link.limit.bps).toBeGreaterThan(4 * MBIT);
  });

  test('ignores samples that do not move the clock forward', () => {
    const link = new Link(100 * MBIT);
    link.follow(1_000, 2.5 * MBIT);
    const bps = link.limit.bps;
    const sample = {
      path: '1',
      rttMs: 900,
      cwndBytes: 1,
      congestionEvents: 9,
      sentBytes: 10 ** 9,
      lostBytes: 0,
    };
    expect(link.limit.add({ ...sample, atMs: 1_000 })).toBe(bps);
    expect(link.limit.add({ ...sample, atMs: 0 })).toBe(bps);
  });
});
