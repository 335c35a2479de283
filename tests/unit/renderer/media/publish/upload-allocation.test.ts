import { describe, expect, it } from 'vitest';
import type { RenditionPlan } from '../../../../../renderer/media/publish/codecs.ts';
import type { PublisherLimits } from '../../../../../renderer/media/shared/publisher-types.ts';
import { loadBundled } from '../../../../support/media-page/bundled.ts';

type Publishing = typeof import('../../../../support/media-page/publishing.ts');
const { allocateUpload } = await loadBundled<Publishing>(
  new URL('../../../../support/media-page/publishing.ts', import.meta.url),
);

const plan = (height: number, bitrate: number): RenditionPlan => ({
  name: `video/h264-${height}p`,
  family: 'h264',
  catalogCodec: 'avc3.42e01f',
  encoder: { codec: 'avc1.42e01f', width: (height * 16) / 9, height, framerate: 30, bitrate },
});
const ladder = [plan(720, 2_500_000), plan(360, 770_000), plan(180, 240_000)];
const limits = (uploadLimitBps: number | null, viewers: PublisherLimits['viewers']): PublisherLimits => ({
  maxResolution: '1080p',
  uploadLimitBps,
  viewers,
});

describe('allocateUpload', () => {
  it('allocates the wanted bitrates if there is no limit', () => {
    const allocation = allocateUpload(ladder, limits(null, []), 64_000);
    expect(ladder.map(({ name }) => allocation.get(name))).toEqual([2_500_000, 770_000, 240_000]);
  });

  it('subtracts each listener’s audio, and counts viewers by track', () => {
    const viewers = [
      { name: 'video/h264-360p', viewers: 2 },
      { name: 'audio/opus', viewers: 3 },
    ];
    const allocation = allocateUpload(ladder, limits(1_200_000, viewers), 64_000);
    expect(allocation.get('video/h264-720p')).toBeNull();
    expect(allocation.get('video/h264-360p')).toBe(Math.floor((1_200_000 / 1.06 - 3 * 64_000) / 2));
  });
});
