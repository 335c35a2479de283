import { describe, expect, test } from 'vitest';
import type { LinkFacts } from '../../../../../../common/bridge/renditions.ts';
import { DownlinkEstimator } from '../../../../../../renderer/media/watch/adaptation/downlink-estimate.ts';

const TRACK = 'video/h264-720p';
const FRAME_MS = 1_000 / 30;

function facts(change: Partial<LinkFacts> = {}): LinkFacts {
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

/** Frames at 30 a second; `delayMs` is on top of clocks that have nothing to do with each other. */
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
      estimator.arrived({ track: TRACK, kind: 'video', atMs: lastMs, mediaMs, bytes: bytes(i) });
    }
    return estimator.estimate(lastMs, TRACK);
  };
  return { estimator, feed, now: () => lastMs };
}

describe('the downlink estimate', () => {
  test('knows nothing before anything came', () => {
    expect(new DownlinkEstimator().estimate(0, null)).toMatchObject({
      bps: null,
      why: 'unknown',
      queueMs: 0,
    });
  });

  test('a key frame and a packet sent again are no queue', () => {
    const { feed } = setUp();
    const spiky = (i: number) => (i % 30 < 5 ? 100 - (i % 30) * 20 : i % 11 === 0 ? 60 : (i * 7) % 5);
    expect(feed(300, spiky)).toMatchObject({ growing: false });
    expect(feed(30, spiky).queueMs).toBeLessThan(10);
  });

  test('while the queue grows, what comes is the capacity', () => {
    const { feed } = setUp();
    feed(90, () => 5);
    const estimate = feed(12, (i) => 5 + i * FRAME_MS);
    expect(estimate).toMatchObject({ growing: true, why: 'busy' });
    expect(estimate.queueMs).toBeGreaterThan(100);
    // Frames of 10 kB, each 67 ms after the other.
    expect(estimate.bps).toBeGreaterThan(1_100_000);
    expect(estimate.bps).toBeLessThan(1_300_000);
  });

  test('frames that do not become whole while the link brings something are a queue, a silent link is none', () => {
    const { estimator, feed, now } = setUp();
    feed(90, () => 5);
    estimator.facts(facts({ goodputBps: 900_000 }), now() + 250);
    expect(estimator.estimate(now() + 300, TRACK)).toMatchObject({
      growing: true,
      why: 'busy',
      bps: 900_000,
    });
    const idle = setUp();
    idle.feed(90, () => 5);
    idle.estimator.facts(facts({ goodputBps: 60_000 }), idle.now() + 250);
    expect(idle.estimator.estimate(idle.now() + 300, TRACK)).toMatchObject({ growing: false, queueMs: 0 });
  });

  test('clocks that drift apart make no queue', () => {
    const { feed } = setUp();
    // 300 ppm, three times what computers have.
    expect(feed(30 * 120, (i) => i * FRAME_MS * 0.0003).queueMs).toBeLessThan(10);
  });

  test('timestamps that jump begin anew, as does another path', () => {
    const { estimator, feed, now } = setUp();
    feed(60, () => 5);
    expect(feed(60, () => 60_000).queueMs).toBe(0);
    const before = estimator.estimate(now(), TRACK).generation;
    estimator.facts(facts(), now());
    estimator.facts(facts({ kind: 'relayed' }), now());
    expect(estimator.estimate(now(), TRACK).generation).toBe(before + 1);
    expect(feed(30, () => 60_200).queueMs).toBe(0);
  });

  test('another path is one too when there was none for a moment in between', () => {
    const { estimator, feed, now } = setUp();
    feed(60, () => 5);
    estimator.facts(facts(), now());
    estimator.facts(facts({ kind: null, rttMs: null }), now());
    const { generation } = estimator.estimate(now(), TRACK);
    estimator.facts(facts(), now());
    expect(estimator.estimate(now(), TRACK).generation).toBe(generation);
    estimator.facts(facts({ kind: null, rttMs: null }), now());
    estimator.facts(facts({ kind: 'relayed' }), now());
    expect(estimator.estimate(now(), TRACK).generation).toBe(generation + 1);
  });

  test('a connection that was made anew is another way, even where it looks the same', () => {
    const { estimator, feed, now } = setUp();
    feed(60, () => 5);
    estimator.facts(facts({ connection: 1, senderEstimateBps: 9_000_000 }), now());
    estimator.facts(facts({ connection: 1, senderEstimateBps: 9_000_000 }), now());
    const before = estimator.estimate(now(), TRACK);
    estimator.facts(facts({ connection: 2 }), now());
    expect(estimator.estimate(now(), TRACK).generation).toBe(before.generation + 1);
    expect(estimator.estimate(now(), TRACK)).toMatchObject({ bps: null, burstBps: null });
    // Its delay is its own: 200 ms more than before is no queue.
    expect(feed(30, () => 205).queueMs).toBe(0);
  });

  test('the sender’s word counts for as long as it is fresh, and never against what was measured', () => {
    const { estimator, feed, now } = setUp();
    feed(30, () => 5);
    estimator.facts(facts({ senderEstimateBps: 9_000_000 }), now());
    expect(estimator.estimate(now(), TRACK)).toMatchObject({ bps: 9_000_000, why: 'sender' });
    estimator.facts(facts({ senderEstimateBps: 500_000, goodputBps: 5_000_000 }), now());
    expect(estimator.estimate(now(), TRACK)).toMatchObject({ why: 'goodput' });
    for (let i = 0; i < 2; i += 1)
      estimator.facts(facts({ senderEstimateBps: 9_000_000, rttMs: 150, goodputBps: 1_300_000 }), now());
    feed(12, (i) => 5 + i * FRAME_MS);
    expect(estimator.estimate(now(), TRACK).why).toBe('busy');
    expect(estimator.estimate(now() + 20_000, TRACK)).toMatchObject({ bps: null, why: 'unknown' });
  });

  test('a large frame that comes quickly shows room', () => {
    const { feed } = setUp();
    const large = (i: number) => (i % 30 === 20 ? 60_000 : 2_000);
    const { burstBps } = feed(60, (i) => (i % 30 === 20 ? 52 : 0), large);
    expect(burstBps).toBeGreaterThan(7_000_000);
    expect(burstBps).toBeLessThan(9_000_000);
  });
});
