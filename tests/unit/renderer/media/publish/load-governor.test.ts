import { describe, expect, it } from 'vitest';
import type { Content } from '../../../../../renderer/media/publish/ladder.ts';
import { LoadGovernor, type RenditionLoad } from '../../../../../renderer/media/publish/load-governor.ts';

const LADDER = ['1080p', '720p', '360p'];
const load = (name: string, skipped: number, frameRate = 30, encodeMs = 10): RenditionLoad => ({
  name,
  frameRate,
  offered: 30,
  skipped,
  encodeMs,
});

/**
 * Simulates a machine with viewers on the largest rendition, whose encoders keep up with a cost (lines times
 * frames per second) of at most `capacity`. Returns the sequence of reductions as rendition/divider.
 */
function run(content: Content, capacity: number, samples: number) {
  const governor = new LoadGovernor(content);
  const seen: string[] = [];
  for (let i = 0; i < samples; i++) {
    const { droppedRenditions, frameRateDivider } = governor.reduction;
    const name = LADDER[droppedRenditions] ?? '';
    const frameRate = 30 / frameRateDivider;
    const cost = Number.parseInt(name, 10) * frameRate;
    governor.sample(LADDER, [load(name, cost > capacity ? 12 : 0, frameRate)]);
    const now = `${LADDER[governor.reduction.droppedRenditions]}/${governor.reduction.frameRateDivider}`;
    if (seen.at(-1) !== now) seen.push(now);
  }
  return { governor, seen };
}

describe('LoadGovernor', () => {
  it('does not reduce anything while encoders keep up, even if single samples are overloaded', () => {
    const governor = new LoadGovernor('motion');
    for (const skipped of [0, 3, 12, 0, 12, 0]) {
      expect(governor.sample(LADDER, [load('1080p', skipped)])).toBe(false);
    }
    expect(governor.sample(LADDER, [])).toBe(false);
    expect(governor.reduction).toEqual({ droppedRenditions: 0, frameRateDivider: 1 });
  });
});

describe('LoadGovernor with overloaded encoders', () => {
  it('drops the most expensive rendition of a camera after two samples', () => {
    expect(run('motion', 720 * 30, 3).seen).toEqual(['1080p/1', '720p/1']);
    expect(run('motion', 200 * 30, 12).seen).toEqual(['1080p/1', '720p/1', '360p/1', '360p/2']);
  });

  it('lowers the frame rate of a screen first', () => {
    expect(run('detail', 1080 * 15, 3).seen).toEqual(['1080p/1', '1080p/2']);
    expect(run('detail', 1080 * 4, 11).seen).toEqual([
      '1080p/1',
      '1080p/2',
      '1080p/4',
      '720p/1',
      '720p/2',
      '720p/4',
    ]);
  });

  it('treats slow encoding as overload, even if no frames are skipped', () => {
    const governor = new LoadGovernor('motion');
    const late = [load('720p', 0, 30, 150), load('360p', 0)];
    expect(governor.sample(LADDER, late)).toBe(false);
    expect(governor.sample(LADDER, late)).toBe(true);
    // 1080p has no readers, but it is also dropped, because it would cost even more.
    expect(governor.reduction).toEqual({ droppedRenditions: 2, frameRateDivider: 1 });
  });

  it('restores a dropped rendition after ten calm samples', () => {
    const governor = new LoadGovernor('motion');
    for (let i = 0; i < 2; i++) governor.sample(LADDER, [load('1080p', 20)]);
    expect(governor.reduction.droppedRenditions).toBe(1);
    for (let i = 0; i < 9; i++) expect(governor.sample(LADDER, [load('720p', 0)])).toBe(false);
    expect(governor.sample(LADDER, [load('720p', 0)])).toBe(true);
    expect(governor.reduction.droppedRenditions).toBe(0);
  });

  it('waits longer before each further attempt to restore a rendition', () => {
    const tries = run('motion', 720 * 30, 400).seen.filter((seen) => seen === '1080p/1').length;
    expect(tries).toBeGreaterThanOrEqual(4);
    expect(tries).toBeLessThanOrEqual(7);
  });
});
