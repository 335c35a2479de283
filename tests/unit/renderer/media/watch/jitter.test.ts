import { describe, expect, it } from 'vitest';
import { loadBundled } from '../../../../support/media-page/bundled.ts';

type Watching = typeof import('../../../../support/media-page/watching.ts');
const { JitterTarget, PICTURE_JITTER, PositionMeter, skewOf, FrameRate, LeastOf } =
  await loadBundled<Watching>(new URL('../../../../support/media-page/watching.ts', import.meta.url));

/** 30 frames a second for a while; `lateMs` says how late each is. Returns the targets it went through. */
function run(
  target: InstanceType<typeof JitterTarget>,
  fromMs: number,
  forMs: number,
  lateMs: (i: number) => number,
) {
  const targets: number[] = [];
  for (let i = 0; i * 33 < forMs; i++) {
    const mediaMs = fromMs + i * 33;
    if (target.arrived(mediaMs, mediaMs + 40 + lateMs(i))) targets.push(target.targetMs);
  }
  return targets;
}

describe('jitter target', () => {
  it('comes down to the least on an even network, after a while', () => {
    const target = new JitterTarget();
    run(target, 0, 2_000, () => 0);
    expect(target.targetMs).toBe(40);
    run(target, 2_000, 2_000, () => 0);
    expect(target.targetMs).toBe(20);
  });

  it('rises at once to what late frames need', () => {
    const target = new JitterTarget();
    const targets = run(target, 0, 3_000, (i) => (i % 5 === 0 ? 120 : 0));
    expect(targets[0]).toBe(125);
    expect(target.targetMs).toBe(125);
  });

  it('does not wait for a rare straggler', () => {
    const target = new JitterTarget();
    run(target, 0, 20_000, (i) => (i % 120 === 60 ? 400 : 0));
    expect(target.targetMs).toBe(20);
  });

  it('takes no backlog at the start for jitter', () => {
    const target = new JitterTarget();
    for (let i = 0; i < 60; i++) target.arrived(i * 33, 2_000 + i);
    run(target, 2_000, 3_000, () => 0);
    expect(target.targetMs).toBeLessThanOrEqual(40);
  });

  it('takes what comes after a stall for no jitter, but stalls that follow each other for how the network is', () => {
    const target = new JitterTarget();
    run(target, 0, 10_000, () => 0);
    expect(target.targetMs).toBe(20);
    // Nothing for two seconds, then all of it at once.
    for (let i = 0; i < 60; i++) target.arrived(10_000 + i * 33, 12_040);
    run(target, 12_000, 3_000, () => 0);
    expect(target.targetMs).toBe(20);
    for (let round = 0; round < 3; round++) {
      const fromMs = 15_000 + round * 1_000;
      for (let i = 0; i < 15; i++) target.arrived(fromMs + i * 33, fromMs + 540);
      run(target, fromMs + 500, 500, () => 0);
    }
    expect(target.targetMs).toBe(200);
  });

  it('is bounded', () => {
    const late = (i: number) => (i % 2) * 3_000;
    const sound = new JitterTarget();
    run(sound, 0, 5_000, late);
    expect(sound.targetMs).toBe(200);
    const picture = new JitterTarget(PICTURE_JITTER);
    run(picture, 0, 5_000, late);
    expect(picture.targetMs).toBe(500);
  });
});

describe('figures of a player', () => {
  it('counts the frames of the last second', () => {
    let now = 0;
    const rate = new FrameRate(() => now);
    for (; now < 2_000; now += 40) rate.count();
    expect(rate.read()).toBeGreaterThanOrEqual(24);
    expect(rate.read()).toBeLessThanOrEqual(26);
    now += 2_000;
    expect(rate.read()).toBe(0);
    expect(rate.total).toBe(50);
  });

  it('tells how far the picture is ahead of the sound, and nothing when one is missing', () => {
    let now = 10_000;
    const picture = new PositionMeter(() => now);
    const sound = new PositionMeter(() => now);
    picture.at(5_000);
    expect(skewOf(picture.ageMs(), sound.ageMs())).toBeNull();
    for (; now < 12_000; now += 50) {
      picture.at(now - 5_000);
      sound.at(now - 5_030);
    }
    expect(skewOf(picture.ageMs(), sound.ageMs())).toBe(30);
    now += 3_000;
    expect(skewOf(picture.ageMs(), sound.ageMs())).toBeNull();
  });

  it('knows the least of the last while', () => {
    const least = new LeastOf(1_000);
    expect(least.least(50, 0)).toBe(50);
    expect(least.least(30, 400)).toBe(30);
    expect(least.least(40, 800)).toBe(30);
    expect(least.least(90, 1_300)).toBe(30);
    // 30 is too old now, and 40 the least of what came after it.
    expect(least.least(90, 1_500)).toBe(40);
    expect(least.least(90, 1_900)).toBe(90);
    expect(least.least(10, 1_950)).toBe(10);
  });
});
