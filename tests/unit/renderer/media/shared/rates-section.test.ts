import { expect, test } from 'vitest';
import { minBitrateBps, RATES_SECTION } from '../../../../../renderer/media/shared/rates-section.ts';
import { loadBundled } from '../../../../support/media-page/bundled.ts';

type Publishing = typeof import('../../../../support/media-page/publishing.ts');
const { buildCatalog } = await loadBundled<Publishing>(
  new URL('../../../../support/media-page/publishing.ts', import.meta.url),
);

const plan = (name: string, minBitrateBps?: number) => ({
  name,
  family: 'h264' as const,
  encoder: { codec: 'avc1.42e01f', width: 1280, height: 720, bitrate: 2_500_000 },
  catalogCodec: 'avc3.42e01f',
  ...(minBitrateBps === undefined ? {} : { minBitrateBps }),
});

test('the catalog lists the tracks whose bitrate follows, and the player reads the lowest bitrate', () => {
  const catalog = buildCatalog([plan('video/h264-720p', 1_000_000), plan('video/h264-360p')], null);
  expect(minBitrateBps(catalog, 'video/h264-720p')).toBe(1_000_000);
  expect(minBitrateBps(catalog, 'video/h264-360p')).toBeUndefined();
  expect(buildCatalog([plan('video/h264-360p')], null)).not.toHaveProperty(RATES_SECTION);
});

test('catalogs without the section, and malformed sections, mean that no bitrate follows', () => {
  const track = 'video/h264-720p';
  expect(minBitrateBps(undefined, track)).toBeUndefined();
  for (const section of [undefined, null, 7, [], {}, { [track]: 5 }, { [track]: { minBitrate: 'x' } }]) {
    expect(minBitrateBps({ [RATES_SECTION]: section }, track)).toBeUndefined();
  }
  for (const minBitrate of [0, -1, Number.NaN]) {
    expect(minBitrateBps({ [RATES_SECTION]: { [track]: { minBitrate } } }, track)).toBeUndefined();
  }
  expect(minBitrateBps({ [RATES_SECTION]: {} }, 'constructor')).toBeUndefined();
});
