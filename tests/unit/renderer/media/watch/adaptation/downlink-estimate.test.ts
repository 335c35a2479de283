import { describe, expect, test } from 'vitest';
import type { ConnectionFacts } from '../../../../../../common/bridge/renditions.ts';
import { DownlinkEstimator } from '../../../../../../renderer/media/watch/adaptation/downlink-estimate.ts';

const TRACK = 'video/h264-720p';
const FRAME_MS = 1_000 / 30;

function facts(change: Partial<ConnectionFacts> = {}): ConnectionFacts {
  return {
    atMs: 0,
    connection: 1,
    kind: 'direct',
    rttMs: 30,
    senderEstimateBps: null,
    goodputBps: 0,
    ...change,
  };
}

/**
 * Adds 30 frames per second. `delayMs` is added to a large constant offset, because the two clocks are
 * unrelated.
 */
function setUp() {
  const estimator = new DownlinkEstimator();
  let frame = 0;
  let lastMs = 0;
  const feed = (
    frames: number,
    delayMs: (i: number) => number,
    bytes: (i: number) => number = () => 10_000,
  ) => {
    for (let i = 0; i < frames; i += 1, frame += 1) {
      const mediaMs = frame * FRAME_MS;
      lastMs = Math.max(lastMs, 1_000_000 + mediaMs + delayMs(i));
      estimator.addArrival({ track: TRACK, kind: 'video', atMs: lastMs, mediaMs, bytes: bytes(i) });
    }
    return estimator.estimate(lastMs, TRACK);
  };
  return { estimator, feed, now: () => lastMs };
}

describe('the downlink estimate', () => {
  test('is unknown before the first arrival', () => {
    expect(new DownlinkEstimator().estimate(0, null)).toMatchObject({
      bps: null,
      source: 'unknown',
      queueMs: 0,
    });
  });

  test('does not count a keyframe or a retransmitted packet as a queue', () => {
    const { feed } = setUp();
    const spiky = (i: number) => (i % 30 < 5 ? 100 - (i % 30) * 20 : i % 11 === 0 ? 60 : (i * 7) % 5);
    expect(feed(300, spiky)).toMatchObject({ growing: false });
    expect(feed(30, spiky).queueMs).toBeLessThan(10);
  });

  test('equals the goodput while the queue grows', () => {
    const { feed } = setUp();
    feed(90, () => 5);
    const estimate = feed(12, (i) => 5 + i * FRAME_MS);
    expect(estimate).toMatchObject({ growing: true, source: 'congestion' });
    expect(estimate.queueMs).toBeGreaterThan(100);
    // Frames of 10 kB arrive 67 ms apart, which is 1.2 Mbit/s.
    expect(estimate.bps).toBeGreaterThan(1_100_000);
    expect(estimate.bps).toBeLessThan(1_300_000);
  });

  test('detects a queue when frames do not complete although data arrives, but not when nothing arrives', () => {
    const { estimator, feed, now } = setUp();
    feed(90, () => 5);
    estimator.addFacts(facts({ goodputBps: 900_000 }), now() + 250);
    expect(estimator.estimate(now() + 300, TRACK)).toMatchObject({
      growing: true,
      source: 'congestion',
      bps: 900_000,
    });
    const idle = setUp();
    idle.feed(90, () => 5);
    idle.estimator.addFacts(facts({ goodputBps: 60_000 }), idle.now() + 250);
    expect(idle.estimator.estimate(idle.now() + 300, TRACK)).toMatchObject({ growing: false, queueMs: 0 });
  });

  test('does not count clock drift as a queue', () => {
    const { feed } = setUp();
    // The drift is 300 ppm, three times that of real computers.
    expect(feed(30 * 120, (i) => i * FRAME_MS * 0.0003).queueMs).toBeLessThan(10);
  });

  test('starts over after a timestamp jump and after a network path change', () => {
    const { estimator, feed, now } = setUp();
    feed(60, () => 5);
    expect(feed(60, () => 60_000).queueMs).toBe(0);
    const before = estimator.estimate(now(), TRACK).generation;
    estimator.addFacts(facts(), now());
    estimator.addFacts(facts({ kind: 'relayed' }), now());
    expect(estimator.estimate(now(), TRACK).generation).toBe(before + 1);
    expect(feed(30, () => 60_200).queueMs).toBe(0);
  });

  test('detects a network path change even if there is briefly no path', () => {
    const { estimator, feed, now } = setUp();
    feed(60, () => 5);
    estimator.addFacts(facts(), now());
    estimator.addFacts(facts({ kind: null, rttMs: null }), now());
    const { generation } = estimator.estimate(now(), TRACK);
    estimator.addFacts(facts(), now());
    expect(estimator.estimate(now(), TRACK).generation).toBe(generation);
    estimator.addFacts(facts({ kind: null, rttMs: null }), now());
    estimator.addFacts(facts({ kind: 'relayed' }), now());
    expect(estimator.estimate(now(), TRACK).generation).toBe(generation + 1);
  });

  test('starts over on a new connection, even if its path is of the same kind', () => {
    const { estimator, feed, now } = setUp();
    feed(60, () => 5);
    estimator.addFacts(facts({ connection: 1, senderEstimateBps: 9_000_000 }), now());
    estimator.addFacts(facts({ connection: 1, senderEstimateBps: 9_000_000 }), now());
    const before = estimator.estimate(now(), TRACK);
    estimator.addFacts(facts({ connection: 2 }), now());
    expect(estimator.estimate(now(), TRACK).generation).toBe(before.generation + 1);
    expect(estimator.estimate(now(), TRACK)).toMatchObject({ bps: null, burstBps: null });
    // A new connection has its own base delay, so 200 ms of additional delay is not a queue.
    expect(feed(30, () => 205).queueMs).toBe(0);
  });

  test('uses the sender’s estimate only while it is fresh and nothing better was measured', () => {
    const { estimator, feed, now } = setUp();
    feed(30, () => 5);
    estimator.addFacts(facts({ senderEstimateBps: 9_000_000 }), now());
    expect(estimator.estimate(now(), TRACK)).toMatchObject({ bps: 9_000_000, source: 'sender' });
    estimator.addFacts(facts({ senderEstimateBps: 500_000, goodputBps: 5_000_000 }), now());
    expect(estimator.estimate(now(), TRACK)).toMatchObject({ source: 'goodput' });
    for (let i = 0; i < 2; i += 1)
      estimator.addFacts(facts({ senderEstimateBps: 9_000_000, rttMs: 150, goodputBps: 1_300_000 }), now());
    feed(12, (i) => 5 + i * FRAME_MS);
    expect(estimator.estimate(now(), TRACK).source).toBe('congestion');
    expect(estimator.estimate(now() + 20_000, TRACK)).toMatchObject({ bps: null, source: 'unknown' });
  });

  test('derives spare capacity from a large frame that arrives quickly', () => {
    const { feed } = setUp();
    const large = (i: number) => (i % 30 === 20 ? 60_000 : 2_000);
    const { burstBps } = feed(60, (i) => (i % 30 === 20 ? 52 : 0), large);
    expect(burstBps).toBeGreaterThan(7_000_000);
    expect(burstBps).toBeLessThan(9_000_000);
  });
});
