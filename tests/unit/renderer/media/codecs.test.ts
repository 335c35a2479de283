import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bitrateFor,
  type CodecFamily,
  catalogCodec,
  encodedSize,
  h264Level,
  planRendition,
} from '../../../../renderer/media/codecs.ts';

const HD = { width: 1280, height: 720 };
const only =
  (...prefixes: string[]) =>
  async ({ codec }: VideoEncoderConfig) =>
    prefixes.some((prefix) => codec.startsWith(prefix));

describe('encoded size', () => {
  it('has even sides, keeps the shape, and is at most 1080p', () => {
    expect(encodedSize(HD)).toEqual(HD);
    expect(encodedSize({ width: 1921, height: 1081 })).toEqual({ width: 1918, height: 1080 });
    expect(encodedSize({ width: 3840, height: 2160 })).toEqual({ width: 1920, height: 1080 });
    const side = fc.integer({ min: 1, max: 8000 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const size = encodedSize({ width, height });
        expect(size.width % 2).toBe(0);
        expect(size.height % 2).toBe(0);
        expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(16);
      }),
    );
  });
});

describe('H.264 levels', () => {
  it.each([
    [{ width: 640, height: 480 }, 30, '1e'],
    [HD, 30, '1f'],
    [HD, 60, '20'],
    [{ width: 1920, height: 1080 }, 30, '28'],
    [{ width: 1920, height: 1080 }, 60, '2a'],
    [{ width: 3840, height: 2160 }, 30, '33'],
  ])('%o at %i frames a second is level %s', (size, rate, level) => {
    expect(h264Level(size, rate)).toBe(level);
  });
});

describe('bit rates', () => {
  it('are 2.5 Mbit/s for H.264 at 720p30, less for better codecs, and bounded', () => {
    expect(bitrateFor(HD, 30, 'h264')).toBe(2_488_320);
    expect(bitrateFor(HD, 30, 'av1')).toBeLessThan(bitrateFor(HD, 30, 'vp9'));
    expect(bitrateFor(HD, 60, 'h264')).toBe(2_488_320 * 1.5);
    expect(bitrateFor({ width: 32, height: 32 }, 5, 'h264')).toBe(250_000);
    expect(bitrateFor({ width: 7680, height: 4320 }, 60, 'h264')).toBe(8_000_000);
  });
});

describe('the plan', () => {
  const none = new Set<CodecFamily>();

  it('takes H.264 constrained baseline as Annex B where it can', async () => {
    const plan = await planRendition(HD, 30, none, async () => true);
    expect(plan).toMatchObject({
      name: 'video/h264-720p',
      catalogCodec: 'avc3.42e01f',
      encoder: { codec: 'avc1.42e01f', avc: { format: 'annexb' }, latencyMode: 'realtime', ...HD },
    });
  });

  it('falls back to another profile, then to VP9, VP8 and AV1', async () => {
    expect((await planRendition(HD, 30, none, only('avc1.64', 'vp8')))?.encoder.codec).toBe('avc1.64001f');
    expect((await planRendition(HD, 30, none, only('vp09', 'vp8')))?.name).toBe('video/vp9-720p');
    expect((await planRendition(HD, 30, none, only('vp8', 'av01')))?.name).toBe('video/vp8-720p');
    expect((await planRendition(HD, 30, none, only('av01')))?.name).toBe('video/av1-720p');
    expect(await planRendition(HD, 30, none, only())).toBeNull();
  });

  it('leaves out what has failed', async () => {
    expect((await planRendition(HD, 30, new Set(['h264', 'vp9']), async () => true))?.family).toBe('vp8');
  });

  it('says avc3 for H.264 alone', () => {
    expect(catalogCodec('avc1.64001f')).toBe('avc3.64001f');
    expect(catalogCodec('vp8')).toBe('vp8');
  });
});
