import { describe, expect, test } from 'vitest';
import type { RenditionOffer } from '../../../../../../common/bridge/renditions.ts';
import { MIN_RATE_SHARE } from '../../../../../../renderer/media/publish/rate-follower.ts';
import {
  LADDER,
  type Outcome,
  P180,
  P360,
  P720,
  type Scenario,
  simulate,
} from '../../../../../support/network-sim/simulation.ts';

// Tests the publisher's bitrates, the estimator and the policy together on simulated networks.

const MBIT = 1_000_000;
/** Up to 720p, with bitrates that follow the network, as this app's publisher offers them. */
const OFFERS: readonly RenditionOffer[] = LADDER.slice(0, 3).map((offer) => ({
  ...offer,
  minBitrateBps: offer.bitrateBps * MIN_RATE_SHARE,
}));
const BLOAT = { rateBps: 2 * MBIT, delayMs: 10, jitterMs: 1, bufferMs: 300 };

function run(scenario: Omit<Scenario, 'offers'>): Outcome {
  return simulate({ offers: OFFERS, ...scenario });
}

function shareOf({ shown }: Outcome, track: string): number {
  return shown.filter((frame) => frame.track === track).length / shown.length;
}

function delays({ shown }: Outcome, fromMs: number): number[] {
  return shown
    .filter(({ atMs }) => atMs >= fromMs)
    .map(({ delayMs }) => delayMs)
    .sort((a, b) => a - b);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

function meanBps({ sent }: Outcome, fromMs: number, toMs = Number.POSITIVE_INFINITY): number {
  const rates = sent.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ videoBps }) => videoBps);
  return rates.reduce((sum, bps) => sum + bps, 0) / rates.length;
}

describe('a publisher whose bitrates follow the network', () => {
  test('2 Mbit/s with a queue of 300 ms: 720p at 1.5 Mbit/s or more, and the queue stays nearly empty', () => {
    for (const seed of [1, 2, 3]) {
      const outcome = run({ forMs: 30_000, networkPath: [{ fromMs: 0, shape: BLOAT }], follows: true, seed });
      expect(shareOf(outcome, P720)).toBeGreaterThan(0.9);
      expect(meanBps(outcome, 3_000)).toBeGreaterThan(1.5 * MBIT);
      expect(percentile(delays(outcome, 3_000), 0.5)).toBeLessThan(60);
      expect(percentile(delays(outcome, 3_000), 0.95)).toBeLessThan(200);
    }
  });

  test('the same network with fixed bitrates: never 720p', () => {
    const offers = OFFERS.map(({ minBitrateBps: _, ...offer }) => offer);
    const outcome = simulate({ offers, forMs: 30_000, networkPath: [{ fromMs: 0, shape: BLOAT }] });
    expect(shareOf(outcome, P720)).toBe(0);
  });

  test('8 → 2 → 8 Mbit/s: the bitrate falls and rises again without a rendition change', () => {
    const networkPath = [8, 2, 8].map((mbit, i) => ({
      fromMs: i * 10_000,
      shape: { rateBps: mbit * MBIT, delayMs: 10 },
    }));
    const outcome = run({ forMs: 40_000, networkPath, follows: true });
    expect(outcome.switches.filter(({ atMs }) => atMs > 5_000)).toEqual([]);
    expect(meanBps(outcome, 9_000, 10_000)).toBe(2.5 * MBIT);
    expect(meanBps(outcome, 12_000, 20_000)).toBeLessThan(1.8 * MBIT);
    expect(meanBps(outcome, 12_000, 20_000)).toBeGreaterThan(1.2 * MBIT);
    expect(meanBps(outcome, 35_000)).toBeGreaterThan(2.4 * MBIT);
  });

  test('1 Mbit/s: too little for 40 % of 720p, so the viewer steps down at once', () => {
    const networkPath = [
      { fromMs: 0, shape: { delayMs: 10 } },
      { fromMs: 10_000, shape: { rateBps: MBIT, delayMs: 10 } },
    ];
    const outcome = run({ forMs: 20_000, networkPath, follows: true });
    const down = outcome.switches.filter(({ atMs }) => atMs > 10_000);
    expect(down[0]).toMatchObject({ from: P720, to: P360 });
    expect(down[0]?.atMs).toBeLessThan(11_000);
  });

  test('an unlimited network: full bitrate within a second of the switch to 720p', () => {
    const networkPath = [{ fromMs: 0, shape: { rateBps: 100 * MBIT, delayMs: 1 } }];
    const outcome = run({ forMs: 10_000, networkPath, follows: true });
    const atMs = outcome.switches.find(({ to }) => to === P720)?.atMs ?? Number.NaN;
    expect(atMs).toBeLessThan(2_000);
    expect(meanBps(outcome, atMs + 1_000)).toBe(2.5 * MBIT);
  });
});

describe('a publisher that offers to follow, but does not know this network (behind a relay)', () => {
  const networkPath = [
    { fromMs: 0, shape: { ...BLOAT, rateBps: 8 * MBIT } },
    { fromMs: 10_000, shape: BLOAT },
  ];
  const outcome = run({ forMs: 120_000, networkPath, follows: false });

  test('the viewer waits two seconds for the publisher, and then steps down', () => {
    const [down] = outcome.switches.filter(({ atMs }) => atMs > 10_000);
    expect(down).toMatchObject({ from: P720, to: P360 });
    expect(down?.atMs).toBeGreaterThan(11_500);
    expect(down?.atMs).toBeLessThan(14_000);
  });

  test('it waits again only rarely, so the video is late for a small part of the time', () => {
    const late = outcome.shown.filter(({ atMs, delayMs }) => atMs > 20_000 && delayMs > 200);
    expect(late.length).toBeLessThan(outcome.shown.length * 0.15);
    expect(shareOf(outcome, P180)).toBeLessThan(0.05);
  });
});
