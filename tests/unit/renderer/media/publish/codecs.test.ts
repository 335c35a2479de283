import { describe, expect, it } from 'vitest';
import {
  bitrateFor,
  type CodecFamily,
  catalogCodec,
  type EncoderFailures,
  type EncoderProbe,
  h264Level,
  planLadder,
} from '../../../../../renderer/media/publish/codecs.ts';
import { ladderFor } from '../../../../../renderer/media/publish/ladder.ts';

const HD = { width: 1280, height: 720 };
const only =
  (...prefixes: string[]) =>
  async ({ codec }: VideoEncoderConfig) =>
    prefixes.some((prefix) => codec.startsWith(prefix));

describe('h264Level', () => {
  it.each([
    [{ width: 640, height: 480 }, 30, '1e'],
    [HD, 30, '1f'],
    [HD, 60, '20'],
    [{ width: 1920, height: 1080 }, 30, '28'],
    [{ width: 1920, height: 1080 }, 60, '2a'],
    [{ width: 3840, height: 2160 }, 30, '33'],
  ])('%o at %i frames per second needs level %s', (size, rate, level) => {
    expect(h264Level(size, rate)).toBe(level);
  });
});

describe('bitrateFor', () => {
  it('returns 2.5 Mbit/s for H.264 at 720p30, grows more slowly than the size, and is bounded', () => {
    expect(bitrateFor(HD, 30, 'h264')).toBe(2_500_000);
    expect(bitrateFor({ width: 1920, height: 1080 }, 30, 'h264')).toBeCloseTo(4_980_000, -5);
    expect(bitrateFor({ width: 640, height: 360 }, 30, 'h264')).toBeCloseTo(770_000, -5);
    expect(bitrateFor({ width: 320, height: 180 }, 30, 'h264')).toBeCloseTo(237_000, -5);
    expect(bitrateFor(HD, 30, 'av1')).toBeLessThan(bitrateFor(HD, 30, 'vp9'));
    expect(bitrateFor(HD, 60, 'h264')).toBeCloseTo(2_500_000 * 1.5, -5);
    expect(bitrateFor({ width: 32, height: 32 }, 5, 'h264')).toBe(100_000);
    expect(bitrateFor({ width: 7680, height: 4320 }, 60, 'h264')).toBe(8_000_000);
  });
});

describe('planLadder', () => {
  const ladder = ladderFor(HD, 30, 'motion', '1080p');
  const none: EncoderFailures = { families: new Set(), hardware: new Set() };
  const plan = (probe: EncoderProbe, failures = none) => planLadder(ladder, 'motion', failures, probe);
  const namesOf = async (probe: EncoderProbe, failures = none) =>
    (await plan(probe, failures)).map(({ name }) => name);
  const software: EncoderProbe = async ({ hardwareAcceleration }) =>
    hardwareAcceleration !== 'prefer-hardware';

  it('prefers H.264 constrained baseline in Annex B format for each rendition', async () => {
    const plans = await plan(software);
    expect(plans[0]).toMatchObject({
      name: 'video/h264-720p',
      catalogCodec: 'avc3.42e01f',
      encoder: { codec: 'avc1.42e01f', avc: { format: 'annexb' }, latencyMode: 'realtime', ...HD },
    });
    expect(plans.map(({ name }) => name)).toEqual(['video/h264-720p', 'video/h264-360p', 'video/h264-180p']);
    expect(plans.map(({ encoder }) => encoder.contentHint)).toEqual([undefined, undefined, undefined]);
  });

  it('falls back to another H.264 profile, then to VP9, VP8 and AV1', async () => {
    expect((await plan(only('avc1.64', 'vp8')))[0]?.encoder.codec).toBe('avc1.64001f');
    expect((await namesOf(only('vp09', 'vp8')))[0]).toBe('video/vp9-720p');
    expect((await namesOf(only('vp8', 'av01')))[0]).toBe('video/vp8-720p');
    expect((await namesOf(only('av01')))[0]).toBe('video/av1-720p');
    expect(await plan(only())).toEqual([]);
  });

  it('uses the first codec that supports the largest rendition, or else the first that supports any rendition', async () => {
    const small: EncoderProbe = async ({ codec, height }) =>
      codec.startsWith('vp8') || (codec.startsWith('avc1') && height < 720);
    expect(await namesOf(small)).toEqual(['video/vp8-720p', 'video/vp8-360p', 'video/vp8-180p']);
    const smallOnly: EncoderProbe = async ({ height }) => height < 720;
    expect(await namesOf(smallOnly)).toEqual(['video/h264-360p', 'video/h264-180p']);
  });

  it('chooses hardware encoding for each rendition separately, unless it has failed', async () => {
    const hardwareAbove: EncoderProbe = async ({ hardwareAcceleration, height }) =>
      hardwareAcceleration !== 'prefer-hardware' || height > 180;
    const used = async (failures: EncoderFailures) =>
      (await plan(hardwareAbove, failures)).map(({ encoder }) => encoder.hardwareAcceleration);
    expect(await used(none)).toEqual(['prefer-hardware', 'prefer-hardware', 'no-preference']);
    const failed = { families: new Set<CodecFamily>(), hardware: new Set(['video/h264-720p']) };
    expect(await used(failed)).toEqual(['prefer-software', 'prefer-hardware', 'no-preference']);
  });

  it('skips codecs that have failed', async () => {
    const failures = { families: new Set<CodecFamily>(['h264', 'vp9']), hardware: new Set<string>() };
    expect((await plan(software, failures))[0]?.family).toBe('vp8');
  });

  it('sets the content hint `text` for a screen', async () => {
    const plans = await planLadder(ladder, 'detail', none, software);
    expect(plans[0]?.encoder.contentHint).toBe('text');
  });
});

describe('catalogCodec', () => {
  it('replaces avc1 with avc3 and leaves other codecs unchanged', () => {
    expect(catalogCodec('avc1.64001f')).toBe('avc3.64001f');
    expect(catalogCodec('vp8')).toBe('vp8');
  });
});
