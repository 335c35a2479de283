import { describe, expect, test } from 'vitest';
import { SilenceMeter } from '../../../../main/network/silence.ts';
import { CALL_LIVENESS, LIVENESS, silenceLimitMs } from '../../../../main/network/silence-limits.ts';

const EVERY_MS = LIVENESS.sampleEveryMs;

interface Arrival {
  atMs: number;
  bytes: number;
  /** Whether the packet arrives on a path that is not selected. */
  standby?: boolean;
  /** Whether the packet arrives on a path that is not listed yet. */
  unlisted?: boolean;
}

/**
 * Samples a connection on which these packets arrive. Returns the longest silence, and the time at which the silence
 * exceeds the limit.
 */
function replay(
  arrivals: readonly Arrival[],
  forMs: number,
  { sentBps = 8_000, rttMs = 20, config = LIVENESS } = {},
) {
  const meter = new SilenceMeter();
  let longestMs = 0;
  let lostAtMs: number | undefined;
  for (let atMs = 0; atMs <= forMs; atMs += EVERY_MS) {
    const arrived = arrivals.filter((arrival) => arrival.atMs <= atMs);
    const sum = (list: readonly Arrival[]) => list.reduce((bytes, arrival) => bytes + arrival.bytes, 0);
    const selectedBytes = sum(arrived.filter(({ standby, unlisted }) => !standby && !unlisted));
    const sentBytes = (sentBps * atMs) / 8_000;
    const receivedBytes = sum(arrived);
    const listedBytes = sum(arrived.filter(({ unlisted }) => !unlisted));
    meter.add({ atMs, selectedId: '0', selectedBytes, listedBytes, receivedBytes, sentBytes });
    longestMs = Math.max(longestMs, meter.silentMs);
    const limitMs = silenceLimitMs(config, {
      flowing: meter.flowing,
      rttMs,
      pauseMs: meter.longestPauseMs,
      recent: 0,
    });
    if (meter.silentMs >= limitMs) lostAtMs ??= atMs;
  }
  return { longestMs, lostAtMs };
}

/** Returns frames at 30 per second. Each is delayed by `delayMs`, and all are delivered in order. */
function frames(
  fromMs: number,
  untilMs: number,
  delayMs: (sentAtMs: number) => number = () => 10,
): Arrival[] {
  const arrivals: Arrival[] = [];
  let lastMs = 0;
  for (let sentMs = fromMs; sentMs < untilMs; sentMs += 33) {
    lastMs = Math.max(lastMs, sentMs + delayMs(sentMs));
    arrivals.push({ atMs: lastMs, bytes: 4_000 });
  }
  return arrivals;
}

/** A seeded generator of pseudo-random numbers that are at least 0 and less than 1. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

describe('silence limit for watched media', () => {
  test('is reached within 2.3 s after media stops, with or without keep-alives on a standby path', () => {
    const standby = [7_000, 12_000].map((atMs) => ({ atMs, bytes: 60, standby: true }));
    for (const extra of [[], standby]) {
      const { lostAtMs } = replay([...frames(0, 5_000), ...extra], 15_000);
      expect(lostAtMs).toBeGreaterThanOrEqual(7_000);
      expect(lostAtMs).toBeLessThanOrEqual(7_300);
    }
  });

  test('is not reached when media continues on another path', () => {
    const other = frames(5_000, 15_000).map((arrival) => ({ ...arrival, standby: true }));
    expect(replay([...frames(0, 5_000), ...other], 14_000).lostAtMs).toBeUndefined();
  });

  test('is not reached while any data, however little, arrives on an unlisted path', () => {
    const acks = frames(5_000, 30_000).map(({ atMs }) => ({ atMs, bytes: 50, unlisted: true }));
    expect(replay([...frames(0, 5_000), ...acks], 29_000).lostAtMs).toBeUndefined();
    const answers = [5_600, 7_000, 9_000, 11_000].map((atMs) => ({ atMs, bytes: 40, unlisted: true }));
    expect(replay([...frames(0, 5_000), ...answers], 12_000).lostAtMs).toBeUndefined();
  });

  test('tolerates a sudden onset of 2 s of jitter, for 30 random sequences', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const arrivals = frames(0, 30_000, (sentMs) => (sentMs < 5_000 ? 10 : random() * 2_000));
      const { lostAtMs, longestMs } = replay(arrivals, 29_000);
      expect(lostAtMs, `seed ${seed}, longest silence ${longestMs} ms`).toBeUndefined();
    }
  });

  test('tolerates a queue that grows to 300 ms', () => {
    const arrivals = frames(0, 20_000, (sentMs) => 10 + Math.min(300, Math.max(0, sentMs - 5_000) / 5));
    expect(replay(arrivals, 19_000).lostAtMs).toBeUndefined();
  });

  test('is longer for a peer that sends only acknowledgements', () => {
    const acks = frames(0, 5_000).map(({ atMs }) => ({ atMs, bytes: 50 }));
    const { lostAtMs } = replay(acks, 15_000, { sentBps: 1_000_000 });
    expect(lostAtMs).toBeGreaterThanOrEqual(5_000 + LIVENESS.lostAfterMs - 200);
  });

  test('starts again after the process was suspended', () => {
    const meter = new SilenceMeter();
    const sample = { selectedId: '0', selectedBytes: 1, listedBytes: 1, receivedBytes: 1, sentBytes: 0 };
    meter.add({ ...sample, atMs: 0 });
    meter.add({ ...sample, atMs: 100 });
    expect(meter.silentMs).toBe(100);
    meter.add({ ...sample, atMs: 60_000 });
    expect(meter.silentMs).toBe(0);
  });

  test('grows with the round-trip time and with each recent loss of the peer, up to a maximum', () => {
    const limit = (change: Partial<{ flowing: boolean; rttMs: number; pauseMs: number; recent: number }>) =>
      silenceLimitMs(LIVENESS, { flowing: true, rttMs: 20, pauseMs: 0, recent: 0, ...change });
    expect(limit({})).toBe(2_200);
    expect(limit({ rttMs: 1_000 })).toBe(3_000);
    expect(limit({ pauseMs: 500 })).toBe(2_200);
    expect(limit({ pauseMs: 1_000 })).toBe(3_000);
    expect(limit({ recent: 1 })).toBe(4_400);
    expect(limit({ recent: 5 })).toBe(6_000);
    expect(limit({ flowing: false })).toBe(6_000);
    expect(limit({ flowing: false, rttMs: 3_000 })).toBe(9_000);
  });
});

describe('silence limit for calls', () => {
  const call = { config: CALL_LIVENESS, sentBps: 500_000 };
  /** Audio continues when the camera is off. */
  const audio = (fromMs: number, untilMs: number) =>
    frames(fromMs, untilMs).map(({ atMs }) => ({ atMs, bytes: 200 }));

  test('is reached within 1.3 s, with video or with audio alone', () => {
    for (const flow of [frames(0, 5_000), audio(0, 5_000)]) {
      const { lostAtMs } = replay(flow, 15_000, { ...call, sentBps: 40_000 });
      expect(lostAtMs).toBeGreaterThanOrEqual(6_000);
      expect(lostAtMs).toBeLessThanOrEqual(6_300);
    }
  });

  test('leaves time for at least two pings, so that a late answer still counts', () => {
    expect(CALL_LIVENESS.pingAfterMs * 3).toBeLessThan(CALL_LIVENESS.stalledAfterMs);
    const answers = [6_000, 7_000, 8_000].map((atMs) => ({ atMs, bytes: 60 }));
    const { lostAtMs } = replay([...audio(0, 5_000), ...answers], 9_000, { ...call, sentBps: 40_000 });
    expect(lostAtMs).toBeUndefined();
  });

  test('is longer on a network with earlier pauses, and has its usual value for a user who only listens', () => {
    const paused = [...frames(0, 5_000), ...frames(5_480, 10_000), ...frames(10_450, 20_000)];
    const { lostAtMs } = replay(paused, 30_000, call);
    expect(lostAtMs).toBeGreaterThanOrEqual(20_000 + 3 * 450 - 200);
    expect(lostAtMs).toBeLessThanOrEqual(20_000 + LIVENESS.stalledAfterMs);
    const acks = frames(0, 5_000).map(({ atMs }) => ({ atMs, bytes: 20 }));
    expect(replay(acks, 15_000, call).lostAtMs).toBeGreaterThanOrEqual(5_000 + LIVENESS.lostAfterMs - 200);
  });

  test('starts at 1.1 s and grows like the limit for watched media', () => {
    const limit = (change: Partial<{ flowing: boolean; rttMs: number; pauseMs: number; recent: number }>) =>
      silenceLimitMs(CALL_LIVENESS, { flowing: true, rttMs: 20, pauseMs: 0, recent: 0, ...change });
    expect(limit({})).toBe(1_100);
    expect(limit({ rttMs: 600 })).toBe(1_800);
    expect(limit({ pauseMs: 500 })).toBe(1_500);
    expect(limit({ recent: 1 })).toBe(2_200);
    expect(limit({ recent: 2 })).toBe(4_400);
    expect(limit({ recent: 3 })).toBe(6_000);
    expect(limit({ flowing: false })).toBe(6_000);
  });
});
