import { describe, expect, it } from 'vitest';
import { Punctuality } from '../../../../../renderer/media/watch/punctuality.ts';
import { loadBundled } from '../../../../support/media-page/bundled.ts';

type Watching = typeof import('../../../../support/media-page/watching.ts');
const { PlayoutClock, MAX_LEAD_MS } = await loadBundled<Watching>(
  new URL('../../../../support/media-page/watching.ts', import.meta.url),
);

/** The constant network delay in these tests, in milliseconds. */
const NETWORK_MS = 15;

/** Adds 30 frames per second. `lateMs` returns each frame's delay in addition to the network delay. */
function feed(
  clock: InstanceType<typeof PlayoutClock>,
  fromMs: number,
  forMs: number,
  lateMs: (i: number) => number = () => 0,
): void {
  for (let i = 0; i * 33 < forMs; i++) {
    const mediaMs = fromMs + i * 33;
    clock.addArrival(mediaMs, mediaMs + NETWORK_MS + lateMs(i));
  }
}

describe('the playout clock', () => {
  it('adds almost no delay on a steady network', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 6_000);
    expect(clock.bufferMs).toBeLessThanOrEqual(2);
    expect(clock.dueMs(10_000) - 10_000 - NETWORK_MS).toBe(clock.bufferMs);
  });

  it('buffers as long as most frames are delayed, and shortens the buffer when their delay falls', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 6_000, (i) => (i % 4) * 20);
    expect(clock.bufferMs).toBeGreaterThanOrEqual(60);
    expect(clock.bufferMs).toBeLessThan(70);
    feed(clock, 6_000, 9_000);
    expect(clock.bufferMs).toBeLessThanOrEqual(2);
  });

  it('skips a backlog at the start', () => {
    const clock = new PlayoutClock();
    for (let i = 0; i < 60; i++) clock.addArrival(i * 33, 2_000 + i);
    feed(clock, 2_000, 100);
    expect(clock.bufferMs).toBeLessThanOrEqual(20);
  });

  it('returns to its target immediately after a two-second stall', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 6_000);
    const beforeMs = clock.bufferMs;
    for (let i = 0; i < 60; i++) clock.addArrival(6_000 + i * 33, 8_000 + i);
    feed(clock, 8_000, 1_000);
    expect(clock.bufferMs).toBe(beforeMs);
  });

  it('adapts to a lasting increase of the network delay', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 6_000);
    feed(clock, 6_000, 12_000, () => 100);
    expect(clock.dueMs(0)).toBeGreaterThanOrEqual(NETWORK_MS + 100);
    expect(clock.bufferMs).toBeLessThanOrEqual(2);
  });

  it('keeps a fixed buffer if one is set', () => {
    const clock = new PlayoutClock();
    clock.fixedMs = 400;
    feed(clock, 0, 6_000, (i) => i % 2);
    expect(clock.bufferMs).toBe(400);
  });

  it('does not lead the audio noticeably, and ignores audio that is far off', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 3_000);
    clock.audioAgeMs = 200;
    feed(clock, 3_000, 3_000);
    expect(clock.ageMs).toBe(200 - MAX_LEAD_MS);
    clock.audioAgeMs = 5_000;
    feed(clock, 6_000, 6_000);
    expect(clock.ageMs).toBeLessThanOrEqual(NETWORK_MS + 2);
  });
});

describe('the playout clock with audio', () => {
  it('does not freeze the video when the audio stalls, but delays it if the audio stays late', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 3_000);
    const beforeMs = clock.ageMs ?? Number.NaN;
    clock.audioAgeMs = 600;
    feed(clock, 3_000, 100);
    expect(clock.ageMs).toBeLessThan(beforeMs + 15);
    feed(clock, 3_100, 6_000);
    expect(clock.ageMs).toBe(600 - MAX_LEAD_MS);
  });
});

describe('Punctuality', () => {
  it('reports a rendition as late after several late frames, but not after a single one', () => {
    const punctuality = new Punctuality();
    for (let i = 0; i < 20; i++) punctuality.addArrival('a', i * 33, i === 10 ? 200 : -5);
    expect(punctuality.isLate('a', 660)).toBe(false);
    for (let i = 20; i < 24; i++) punctuality.addArrival('a', i * 33, 60);
    expect(punctuality.isLate('a', 800)).toBe(true);
    expect(punctuality.isLate('b', 800)).toBe(false);
    expect(punctuality.isLate('a', 2_000)).toBe(false);
  });

  it('returns null for a probed rendition until enough of its frames have arrived', () => {
    const punctuality = new Punctuality();
    for (let i = 0; i < 5; i++) punctuality.addArrival('a', i * 33, 0);
    expect(punctuality.isInTime('a', 165)).toBeNull();
    for (let i = 5; i < 10; i++) punctuality.addArrival('a', i * 33, 0);
    expect(punctuality.isInTime('a', 330)).toBe(true);
    for (let i = 10; i < 20; i++) punctuality.addArrival('a', i * 33, 100);
    expect(punctuality.isInTime('a', 660)).toBe(false);
  });
});
