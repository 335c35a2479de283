import { describe, expect, it } from 'vitest';
import { LoadGovernor, type RenditionLoad } from '../../../../../renderer/media/publish/encoder-load.ts';
import type { Content } from '../../../../../renderer/media/publish/ladder.ts';

const LADDER = ['1080p', '720p', '360p'];
const load = (name: string, skipped: number, frameRate = 30, encodeMs = 10): RenditionLoad => ({
  name,
  frameRate,
  offered: 30,
  skipped,
  encodeMs,
});

/** A machine that encodes all below a cost (lines times frames a second) in time; viewers read the best on offer. */
function run(content: Content, capacity: number, looks: number) {
  const governor = new LoadGovernor(content);
  const seen: string[] = [];
  for (let i = 0; i < looks; i++) {
    const { dropped, divider } = governor.relief;
    const name = LADDER[dropped] ?? '';
    const frameRate = 30 / divider;
    const cost = Number.parseInt(name, 10) * frameRate;
    governor.look(LADDER, [load(name, cost > capacity ? 12 : 0, frameRate)]);
    const now = `${LADDER[governor.relief.dropped]}/${governor.relief.divider}`;
    if (seen.at(-1) !== now) seen.push(now);
  }
  return { governor, seen };
}

describe('an encoder that keeps up', () => {
  it('is left alone, also after one bad second', () => {
    const governor = new LoadGovernor('motion');
    for (const skipped of [0, 3, 12, 0, 12, 0]) {
      expect(governor.look(LADDER, [load('1080p', skipped)])).toBe(false);
    }
    expect(governor.look(LADDER, [])).toBe(false);
    expect(governor.relief).toEqual({ dropped: 0, divider: 1 });
  });
});

describe('an encoder that does not', () => {
  it('loses the costliest rendition after two seconds, so that a camera keeps its motion', () => {
    expect(run('motion', 720 * 30, 3).seen).toEqual(['1080p/1', '720p/1']);
    expect(run('motion', 200 * 30, 12).seen).toEqual(['1080p/1', '720p/1', '360p/1', '360p/2']);
  });

  it('loses frames first, for a screen', () => {
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

  it('is late without leaving out frames: that counts too', () => {
    const governor = new LoadGovernor('motion');
    const late = [load('720p', 0, 30, 150), load('360p', 0)];
    expect(governor.look(LADDER, late)).toBe(false);
    expect(governor.look(LADDER, late)).toBe(true);
    // 1080p, which nobody read, would be worse.
    expect(governor.relief).toEqual({ dropped: 2, divider: 1 });
  });

  it('gets back what it lost after ten calm seconds, and keeps it when it can', () => {
    const governor = new LoadGovernor('motion');
    for (let i = 0; i < 2; i++) governor.look(LADDER, [load('1080p', 20)]);
    expect(governor.relief.dropped).toBe(1);
    for (let i = 0; i < 9; i++) expect(governor.look(LADDER, [load('720p', 0)])).toBe(false);
    expect(governor.look(LADDER, [load('720p', 0)])).toBe(true);
    expect(governor.relief.dropped).toBe(0);
  });

  it('is tried with growing patience', () => {
    const tries = run('motion', 720 * 30, 400).seen.filter((seen) => seen === '1080p/1').length;
    expect(tries).toBeGreaterThanOrEqual(4);
    expect(tries).toBeLessThanOrEqual(7);
  });
});
