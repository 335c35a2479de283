import { describe, expect, it } from 'vitest';
import type { RenditionOffer } from '../../../../../common/bridge/renditions.ts';
import {
  changeWords,
  chosenWords,
  inUseWords,
  qualityChoices,
  trackWords,
} from '../../../../../renderer/features/player/quality.ts';

const offer = (lines: number, patch: Partial<RenditionOffer> = {}): RenditionOffer => ({
  name: `video/h264-${lines}p`,
  width: Math.round((lines * 16) / 9),
  height: lines,
  framesPerSecond: 30,
  bitrateBps: lines * 3_000,
  ...patch,
});
const renditions = [offer(180), offer(360), offer(720)];
const HD = 'video/h264-720p';
const auto = { rendition: HD, renditions, preferredRendition: 'auto' };

describe('the list of qualities', () => {
  const labels = (...args: Parameters<typeof qualityChoices>): string[] =>
    qualityChoices(...args).map(({ label }) => label);

  it('has Auto with what is in use, then the best first', () => {
    expect(labels(auto, null)).toEqual([
      'Auto · 720p',
      '720p · 2.2 Mbit/s',
      '360p · 1.1 Mbit/s',
      '180p · 540 kbit/s',
    ]);
    expect(labels({ ...auto, preferredRendition: HD }, null)[0]).toBe('Auto');
    expect(labels({ ...auto, rendition: null }, null)[0]).toBe('Auto');
  });

  it('offers nothing above the limit of the command line, and says of a wish that it is not there', () => {
    expect(labels({ ...auto, rendition: 'video/h264-360p' }, 360)).toHaveLength(3);
    const wished = qualityChoices({ ...auto, preferredRendition: HD }, 360);
    expect(wished.at(-1)).toEqual({ value: HD, label: '720p · not on offer' });
    expect(qualityChoices({ ...auto, preferredRendition: 'video/vp9-1080p' }, null).at(-1)?.label).toBe(
      '1080p · not on offer',
    );
  });

  it('tells apart what has the same size, and leaves out what is not told', () => {
    const twins = [offer(720), offer(720, { name: 'video/vp9-720p' })];
    expect(labels({ ...auto, renditions: twins }, null).slice(1)).toEqual([
      '720p · 2.2 Mbit/s · vp9-720p',
      '720p · 2.2 Mbit/s · h264-720p',
    ]);
    const screen = [offer(360, { framesPerSecond: 10 }), offer(1080, { bitrateBps: 0 })];
    expect(labels({ ...auto, renditions: screen }, null).slice(1)).toEqual([
      '1080p',
      '360p · 10 fps · 1.1 Mbit/s',
    ]);
    const upright = offer(720, { name: 'video0', width: 720, height: 1280 });
    expect(trackWords('video0', [upright])).toBe('720p');
    expect(trackWords('video0', [{ ...upright, width: 0 }])).toBe('video0');
  });
});

it('says what is shown and by whose choice', () => {
  expect(inUseWords(auto)).toBe('720p, chosen automatically');
  expect(inUseWords({ ...auto, preferredRendition: HD })).toBe('720p, your choice');
  expect(inUseWords({ ...auto, preferredRendition: 'video/h264-1080p' })).toBe('720p; you chose 1080p');
  expect(inUseWords({ ...auto, rendition: null })).toBe('no picture');
  expect(chosenWords('auto', auto)).toMatch(/automatically/);
  expect(chosenWords(HD, auto)).toBe('Quality: 720p.');
});

it('says a change, also of what is no longer on offer', () => {
  const change = { atMs: 0, reason: '' };
  expect(changeWords({ ...change, from: 'video/h264-1080p', to: HD }, renditions)).toBe('1080p → 720p');
  expect(changeWords({ ...change, from: null, to: HD }, renditions)).toBe('no picture → 720p');
});
