import { describe, expect, it } from 'vitest';
import { Punctuality } from '../../../../../renderer/media/watch/punctuality.ts';
import { loadBundled } from '../../../../support/media-page/bundled.ts';

type Watching = typeof import('../../../../support/media-page/watching.ts');
const { PlayoutClock, MAX_LEAD_MS } = await loadBundled<Watching>(
  new URL('../../../../support/media-page/watching.ts', import.meta.url),
);

/** The link's own delay in these tests, in milliseconds. */
const LINK_MS = 15;

/** 30 frames a second; `lateMs` says how much later than the link's own delay each comes. */
function feed(
  clock: InstanceType<typeof PlayoutClock>,
  fromMs: number,
  forMs: number,
  lateMs: (i: number) => number = () => 0,
): void {
  for (let i = 0; i * 33 < forMs; i++) {
    const mediaMs = fromMs + i * 33;
    clock.arrived(mediaMs, mediaMs + LINK_MS + lateMs(i));
  }
}

describe('the playout clock', () => {
  it('shows frames hardly later than they come on an even link', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 6_000);
    expect(clock.bufferMs).toBeLessThanOrEqual(2);
    expect(clock.dueMs(10_000) - 10_000 - LINK_MS).toBe(clock.bufferMs);
  });

  it('holds frames back as long as most of them need, and less again when they do not', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 6_000, (i) => (i % 4) * 20);
    expect(clock.bufferMs).toBeGreaterThanOrEqual(60);
    expect(clock.bufferMs).toBeLessThan(70);
    feed(clock, 6_000, 9_000);
    expect(clock.bufferMs).toBeLessThanOrEqual(2);
  });

  it('skips a backlog at the start instead of staying late', () => {
    const clock = new PlayoutClock();
    for (let i = 0; i < 60; i++) clock.arrived(i * 33, 2_000 + i);
    feed(clock, 2_000, 100);
    expect(clock.bufferMs).toBeLessThanOrEqual(20);
  });

  it('is back at its target at once after a stall of two seconds', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 6_000);
    const beforeMs = clock.bufferMs;
    for (let i = 0; i < 60; i++) clock.arrived(6_000 + i * 33, 8_000 + i);
    feed(clock, 8_000, 1_000);
    expect(clock.bufferMs).toBe(beforeMs);
  });

  it('follows a link that takes longer from now on', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 6_000);
    feed(clock, 6_000, 12_000, () => 100);
    expect(clock.dueMs(0)).toBeGreaterThanOrEqual(LINK_MS + 100);
    expect(clock.bufferMs).toBeLessThanOrEqual(2);
  });

  it('keeps a fixed time where one is wished for', () => {
    const clock = new PlayoutClock();
    clock.fixedMs = 400;
    feed(clock, 0, 6_000, (i) => i % 2);
    expect(clock.bufferMs).toBe(400);
  });

  it('does not run further ahead of the sound than one may notice, and believes no sound that is far off', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 3_000);
    clock.soundAgeMs = 200;
    feed(clock, 3_000, 3_000);
    expect(clock.ageMs).toBe(200 - MAX_LEAD_MS);
    clock.soundAgeMs = 5_000;
    feed(clock, 6_000, 6_000);
    expect(clock.ageMs).toBeLessThanOrEqual(LINK_MS + 2);
  });
});

describe('the playout clock beside sound', () => {
  it('does not stand still for a sound that was held up, but follows one that stays late', () => {
    const clock = new PlayoutClock();
    feed(clock, 0, 3_000);
    const beforeMs = clock.ageMs ?? Number.NaN;
    clock.soundAgeMs = 600;
    feed(clock, 3_000, 100);
    expect(clock.ageMs).toBeLessThan(beforeMs + 15);
    feed(clock, 3_100, 6_000);
    expect(clock.ageMs).toBe(600 - MAX_LEAD_MS);
  });
});

describe('punctuality', () => {
  it('calls a rendition late for several late frames, not for an odd one', () => {
    const punctual = new Punctuality();
    for (let i = 0; i < 20; i++) punctual.arrived('a', i * 33, i === 10 ? 200 : -5);
    expect(punctual.isLate('a', 660)).toBe(false);
    for (let i = 20; i < 24; i++) punctual.arrived('a', i * 33, 60);
    expect(punctual.isLate('a', 800)).toBe(true);
    expect(punctual.isLate('b', 800)).toBe(false);
    expect(punctual.isLate('a', 2_000)).toBe(false);
  });

  it('tells nothing of a rendition that is tried before enough came of it', () => {
    const punctual = new Punctuality();
    for (let i = 0; i < 5; i++) punctual.arrived('a', i * 33, 0);
    expect(punctual.isInTime('a', 165)).toBeNull();
    for (let i = 5; i < 10; i++) punctual.arrived('a', i * 33, 0);
    expect(punctual.isInTime('a', 330)).toBe(true);
    for (let i = 10; i < 20; i++) punctual.arrived('a', i * 33, 100);
    expect(punctual.isInTime('a', 660)).toBe(false);
  });
});
