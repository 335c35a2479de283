import { describe, expect, it } from 'vitest';
import type { RenditionOffer } from '../../../../../common/bridge/renditions.ts';
import {
  changeLabel,
  currentQualityText,
  qualityChoices,
  renditionLabel,
  selectionMessage,
} from '../../../../../renderer/features/player/quality-words.ts';

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

describe('qualityChoices', () => {
  const labels = (...args: Parameters<typeof qualityChoices>): string[] =>
    qualityChoices(...args).map(({ label }) => label);

  it('lists Auto with the current rendition, then the renditions, best first', () => {
    expect(labels(auto, null)).toEqual([
      'Auto · 720p',
      '720p · 2.2 Mbit/s',
      '360p · 1.1 Mbit/s',
      '180p · 540 kbit/s',
    ]);
    expect(labels({ ...auto, preferredRendition: HD }, null)[0]).toBe('Auto');
    expect(labels({ ...auto, rendition: null }, null)[0]).toBe('Auto');
  });

  it('omits renditions above the limit, and marks an unavailable preference', () => {
    expect(labels({ ...auto, rendition: 'video/h264-360p' }, 360)).toHaveLength(3);
    const limited = qualityChoices({ ...auto, preferredRendition: HD }, 360);
    expect(limited.at(-1)).toEqual({ value: HD, label: '720p · not available' });
    expect(qualityChoices({ ...auto, preferredRendition: 'video/vp9-1080p' }, null).at(-1)?.label).toBe(
      '1080p · not available',
    );
  });

  it('distinguishes renditions of the same size, and omits unknown values', () => {
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
    const portrait = offer(720, { name: 'video0', width: 720, height: 1280 });
    expect(renditionLabel('video0', [portrait])).toBe('720p');
    expect(renditionLabel('video0', [{ ...portrait, width: 0 }])).toBe('video0');
  });
});

it('says which rendition is in use and who selected it', () => {
  expect(currentQualityText(auto)).toBe('720p, chosen automatically');
  expect(currentQualityText({ ...auto, preferredRendition: HD })).toBe('720p, your choice');
  expect(currentQualityText({ ...auto, preferredRendition: 'video/h264-1080p' })).toBe(
    '720p; you chose 1080p',
  );
  expect(currentQualityText({ ...auto, rendition: null })).toBe('no video');
  expect(selectionMessage('auto', auto)).toMatch(/automatically/);
  expect(selectionMessage(HD, auto)).toBe('Quality: 720p.');
});

it('describes a switch, even from a rendition that is no longer offered', () => {
  const change = { atMs: 0, reason: '' };
  expect(changeLabel({ ...change, from: 'video/h264-1080p', to: HD }, renditions)).toBe('1080p → 720p');
  expect(changeLabel({ ...change, from: null, to: HD }, renditions)).toBe('no video → 720p');
});
