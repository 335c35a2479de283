import { describe, expect, it } from 'vitest';
import { loadBundled } from '../../../../support/media-page/bundled.ts';

type Watching = typeof import('../../../../support/media-page/watching.ts');
const { JitterTarget, VIDEO_JITTER, PositionMeter, skewOf, FrameRate, SlidingMinimum } =
  await loadBundled<Watching>(new URL('../../../../support/media-page/watching.ts', import.meta.url));

/** Adds 30 frames per second, each delayed by the result of `lateMs`. Returns all target changes. */
function run(
  target: InstanceType<typeof JitterTarget>,
  fromMs: number,
  forMs: number,
  lateMs: (i: number) => number,
) {
  const targets: number[] = [];
  for (let i = 0; i * 33 < forMs; i++) {
    const mediaMs = fromMs + i * 33;
    if (target.addArrival(mediaMs, mediaMs + 40 + lateMs(i))) targets.push(target.targetMs);
  }
  return targets;
}

describe('the jitter target', () => {
  it('falls to the minimum on a steady network after some time', () => {
    const target = new JitterTarget();
    run(target, 0, 2_000, () => 0);
    expect(target.targetMs).toBe(40);
    run(target, 2_000, 2_000, () => 0);
    expect(target.targetMs).toBe(20);
  });

  it('rises immediately to cover the delay of late frames', () => {
    const target = new JitterTarget();
    const targets = run(target, 0, 3_000, (i) => (i % 5 === 0 ? 120 : 0));
    expect(targets[0]).toBe(125);
    expect(target.targetMs).toBe(125);
  });

  it('ignores a rare late frame', () => {
    const target = new JitterTarget();
    run(target, 0, 20_000, (i) => (i % 120 === 60 ? 400 : 0));
    expect(target.targetMs).toBe(20);
  });

  it('does not count a backlog at the start as jitter', () => {
    const target = new JitterTarget();
    for (let i = 0; i < 60; i++) target.addArrival(i * 33, 2_000 + i);
    run(target, 2_000, 3_000, () => 0);
    expect(target.targetMs).toBeLessThanOrEqual(40);
  });

  it('ignores the backlog after a single stall, but not after repeated stalls', () => {
    const target = new JitterTarget();
    run(target, 0, 10_000, () => 0);
    expect(target.targetMs).toBe(20);
    // Nothing arrives for two seconds, then everything in one burst.
    for (let i = 0; i < 60; i++) target.addArrival(10_000 + i * 33, 12_040);
    run(target, 12_000, 3_000, () => 0);
    expect(target.targetMs).toBe(20);
    for (let round = 0; round < 3; round++) {
      const fromMs = 15_000 + round * 1_000;
      for (let i = 0; i < 15; i++) target.addArrival(fromMs + i * 33, fromMs + 540);
      run(target, fromMs + 500, 500, () => 0);
    }
    expect(target.targetMs).toBe(200);
  });

  it('never exceeds its maximum', () => {
    const late = (i: number) => (i % 2) * 3_000;
    const audio = new JitterTarget();
    run(audio, 0, 5_000, late);
    expect(audio.targetMs).toBe(200);
    const video = new JitterTarget(VIDEO_JITTER);
    run(video, 0, 5_000, late);
    expect(video.targetMs).toBe(500);
  });
});

describe('player statistics', () => {
  it('FrameRate counts the frames of the last second', () => {
    let now = 0;
    const rate = new FrameRate(() => now);
    for (; now < 2_000; now += 40) rate.count();
    expect(rate.read()).toBeGreaterThanOrEqual(24);
    expect(rate.read()).toBeLessThanOrEqual(26);
    now += 2_000;
    expect(rate.read()).toBe(0);
    expect(rate.total).toBe(50);
  });

  it('skewOf returns the lead of the video over the audio, or null if one of them is missing', () => {
    let now = 10_000;
    const video = new PositionMeter(() => now);
    const audio = new PositionMeter(() => now);
    video.update(5_000);
    expect(skewOf(video.ageMs(), audio.ageMs())).toBeNull();
    for (; now < 12_000; now += 50) {
      video.update(now - 5_000);
      audio.update(now - 5_030);
    }
    expect(skewOf(video.ageMs(), audio.ageMs())).toBe(30);
    now += 3_000;
    expect(skewOf(video.ageMs(), audio.ageMs())).toBeNull();
  });

  it('SlidingMinimum returns the minimum of a time window', () => {
    const minimum = new SlidingMinimum(1_000);
    expect(minimum.add(50, 0)).toBe(50);
    expect(minimum.add(30, 400)).toBe(30);
    expect(minimum.add(40, 800)).toBe(30);
    expect(minimum.add(90, 1_300)).toBe(30);
    // The value 30 has left the window, and 40 is the smallest value that is still in it.
    expect(minimum.add(90, 1_500)).toBe(40);
    expect(minimum.add(90, 1_900)).toBe(90);
    expect(minimum.add(10, 1_950)).toBe(10);
  });
});
