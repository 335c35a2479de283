import { describe, expect, test } from 'vitest';
import { CALL_LIVENESS, LIVENESS, silenceLimitMs } from '../../../../main/network/liveness.ts';
import { SilenceMeter } from '../../../../main/network/silence.ts';

const EVERY_MS = LIVENESS.everyMs;

interface Arrival {
  atMs: number;
  bytes: number;
  /** On a path that stands by. */
  standby?: boolean;
  /** On a path that the list does not have yet. */
  unlisted?: boolean;
}

/** Looks at a link on which these packets arrive; gives the longest silence, and when it would be given up. */
function replay(
  arrivals: readonly Arrival[],
  forMs: number,
  { sentBps = 8_000, rttMs = 20, config = LIVENESS } = {},
) {
  const meter = new SilenceMeter();
  let longestMs = 0;
  let givenUpAtMs: number | undefined;
  for (let atMs = 0; atMs <= forMs; atMs += EVERY_MS) {
    const here = arrivals.filter((arrival) => arrival.atMs <= atMs);
    const sum = (list: readonly Arrival[]) => list.reduce((bytes, arrival) => bytes + arrival.bytes, 0);
    const selectedBytes = sum(here.filter(({ standby, unlisted }) => !standby && !unlisted));
    const sentBytes = (sentBps * atMs) / 8_000;
    const receivedBytes = sum(here);
    const listedBytes = sum(here.filter(({ unlisted }) => !unlisted));
    meter.take({ atMs, selectedId: '0', selectedBytes, listedBytes, receivedBytes, sentBytes });
    longestMs = Math.max(longestMs, meter.silentMs);
    const limitMs = silenceLimitMs(config, {
      flowing: meter.flowing,
      rttMs,
      pauseMs: meter.pauseMs,
      recent: 0,
    });
    if (meter.silentMs >= limitMs) givenUpAtMs ??= atMs;
  }
  return { longestMs, givenUpAtMs, meter };
}

/** Frames at 30 a second, each held back by `delayMs`; order is kept, as links do. */
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

/** Numbers that are always the same and look like chance. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

describe('silence', () => {
  test('media that stops is given up within 2.3 s, keep-alives of a path that stands by or not', () => {
    const standby = [7_000, 12_000].map((atMs) => ({ atMs, bytes: 60, standby: true }));
    for (const extra of [[], standby]) {
      const { givenUpAtMs } = replay([...frames(0, 5_000), ...extra], 15_000);
      expect(givenUpAtMs).toBeGreaterThanOrEqual(7_000);
      expect(givenUpAtMs).toBeLessThanOrEqual(7_300);
    }
  });

  test('media that goes on over another path is no silence', () => {
    const other = frames(5_000, 15_000).map((arrival) => ({ ...arrival, standby: true }));
    expect(replay([...frames(0, 5_000), ...other], 14_000).givenUpAtMs).toBeUndefined();
  });

  test('what comes over a path that the list does not have is a sign of life, however little', () => {
    const acks = frames(5_000, 30_000).map(({ atMs }) => ({ atMs, bytes: 50, unlisted: true }));
    expect(replay([...frames(0, 5_000), ...acks], 29_000).givenUpAtMs).toBeUndefined();
    const answers = [5_600, 7_000, 9_000, 11_000].map((atMs) => ({ atMs, bytes: 40, unlisted: true }));
    expect(replay([...frames(0, 5_000), ...answers], 12_000).givenUpAtMs).toBeUndefined();
  });

  test('2 s of jitter that begin at once are waited for, whatever the chance', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = chance(seed);
      const arrivals = frames(0, 30_000, (sentMs) => (sentMs < 5_000 ? 10 : random() * 2_000));
      const { givenUpAtMs, longestMs } = replay(arrivals, 29_000);
      expect(givenUpAtMs, `seed ${seed}, longest silence ${longestMs} ms`).toBeUndefined();
    }
  });

  test('a queue that fills by 300 ms is waited for', () => {
    const arrivals = frames(0, 20_000, (sentMs) => 10 + Math.min(300, Math.max(0, sentMs - 5_000) / 5));
    expect(replay(arrivals, 19_000).givenUpAtMs).toBeUndefined();
  });

  test('acknowledgements alone are not media: those are waited for longer', () => {
    const acks = frames(0, 5_000).map(({ atMs }) => ({ atMs, bytes: 50 }));
    const { givenUpAtMs } = replay(acks, 15_000, { sentBps: 1_000_000 });
    expect(givenUpAtMs).toBeGreaterThanOrEqual(5_000 + LIVENESS.lostAfterMs - 200);
  });

  test('a process that stood still hears again before it judges', () => {
    const meter = new SilenceMeter();
    const look = { selectedId: '0', selectedBytes: 1, listedBytes: 1, receivedBytes: 1, sentBytes: 0 };
    meter.take({ ...look, atMs: 0 });
    meter.take({ ...look, atMs: 100 });
    expect(meter.silentMs).toBe(100);
    meter.take({ ...look, atMs: 60_000 });
    expect(meter.silentMs).toBe(0);
  });

  test('the limit grows with the round trip and with each time the peer was given up, but not without end', () => {
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

describe('silence in a call', () => {
  const call = { config: CALL_LIVENESS, sentBps: 500_000 };
  /** Sound goes on when the picture does not. */
  const sound = (fromMs: number, untilMs: number) =>
    frames(fromMs, untilMs).map(({ atMs }) => ({ atMs, bytes: 200 }));

  test('is given up within 1.3 s, of picture and sound or of sound alone', () => {
    for (const flow of [frames(0, 5_000), sound(0, 5_000)]) {
      const { givenUpAtMs } = replay(flow, 15_000, { ...call, sentBps: 40_000 });
      expect(givenUpAtMs).toBeGreaterThanOrEqual(6_000);
      expect(givenUpAtMs).toBeLessThanOrEqual(6_300);
    }
  });

  test('is asked about twice before, so that a late answer still counts', () => {
    expect(CALL_LIVENESS.nudgeAfterMs * 3).toBeLessThan(CALL_LIVENESS.stalledAfterMs);
    const answers = [6_000, 7_000, 8_000].map((atMs) => ({ atMs, bytes: 60 }));
    const { givenUpAtMs } = replay([...sound(0, 5_000), ...answers], 9_000, { ...call, sentBps: 40_000 });
    expect(givenUpAtMs).toBeUndefined();
  });

  test('a link that paused before is waited for longer, a person who only listens as long as any peer', () => {
    const paused = [...frames(0, 5_000), ...frames(5_480, 10_000), ...frames(10_450, 20_000)];
    const { givenUpAtMs } = replay(paused, 30_000, call);
    expect(givenUpAtMs).toBeGreaterThanOrEqual(20_000 + 3 * 450 - 200);
    expect(givenUpAtMs).toBeLessThanOrEqual(20_000 + LIVENESS.stalledAfterMs);
    const acks = frames(0, 5_000).map(({ atMs }) => ({ atMs, bytes: 20 }));
    expect(replay(acks, 15_000, call).givenUpAtMs).toBeGreaterThanOrEqual(5_000 + LIVENESS.lostAfterMs - 200);
  });

  test('the limit is 1.1 s, and grows as the other one does', () => {
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
