import { afterEach, describe, expect, it } from 'vitest';
import { type CodecFamily, planLadder } from '../../../../../renderer/media/publish/codecs.ts';
import { ladderFor } from '../../../../../renderer/media/publish/ladder.ts';
import { loadBundled } from '../../../../support/media-page/bundled.ts';

type Publishing = typeof import('../../../../support/media-page/publishing.ts');
const { RootSchema, buildCatalog, LiveBroadcast } = await loadBundled<Publishing>(
  new URL('../../../../support/media-page/publishing.ts', import.meta.url),
);
type LiveBroadcast = InstanceType<typeof LiveBroadcast>;

const open: LiveBroadcast[] = [];
const broadcast = () => {
  const live = new LiveBroadcast();
  open.push(live);
  return { live, producer: live.openProducer() };
};
afterEach(() => {
  for (const made of open.splice(0)) made.close();
});

const bytes = (...values: number[]) => Uint8Array.from(values);
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

async function hdCatalog() {
  const formats = ladderFor({ width: 1280, height: 720 }, 30, 'motion', '1080p');
  const failures = { families: new Set<CodecFamily>(), hardware: new Set<string>() };
  const plans = await planLadder(formats, 'motion', failures, async () => true);
  return buildCatalog(plans, { channels: 1, sampleRateHz: 48_000 });
}

describe('buildCatalog', () => {
  it('returns a catalog that hang can parse', async () => {
    const catalog = RootSchema.parse(JSON.parse(JSON.stringify(await hdCatalog())));
    expect(catalog.video?.renditions['video/h264-720p']).toMatchObject({
      codec: 'avc3.42e01f',
      container: { kind: 'legacy' },
      codedWidth: 1280,
      codedHeight: 720,
      framerate: 30,
      bitrate: 2_500_000,
    });
    expect(Object.keys(catalog.video?.renditions ?? {})).toEqual([
      'video/h264-720p',
      'video/h264-360p',
      'video/h264-180p',
    ]);
    expect(catalog.audio?.renditions['audio/opus']).toMatchObject({ codec: 'opus', sampleRate: 48_000 });
  });

  it('returns no renditions while video and audio are off', () => {
    expect(buildCatalog([], null, 1_700_000_000_000)).toEqual({
      irohLiveClock: { epochMs: 1_700_000_000_000 },
      video: { renditions: {} },
      audio: { renditions: {} },
    });
  });
});

describe('LiveBroadcast', () => {
  it('sends each reader the current catalog and every change', async () => {
    const { live, producer } = broadcast();
    const early = producer.subscribe('catalog.json');
    live.setCatalog(await hdCatalog());
    expect(await early.readJson()).toHaveProperty(['video', 'renditions', 'video/h264-720p']);
    const late = producer.subscribe('catalog.json');
    expect(await late.readJson()).toHaveProperty(['audio', 'renditions', 'audio/opus']);
    live.setCatalog(buildCatalog([], null));
    expect(await late.readJson()).toEqual(buildCatalog([], null));
  });

  it('reports the number of readers whenever a reader joins or leaves', async () => {
    const { live, producer } = broadcast();
    const track = live.track('video/x', 'video');
    const readers: number[] = [];
    track.onReadersChanged = (count) => readers.push(count);
    const one = producer.subscribe('video/x');
    const two = producer.subscribe('video/x');
    await settled();
    one.close();
    two.close();
    await settled();
    expect(readers).toEqual([1, 2, 1, 0]);
  });

  it('does not count a request for a track’s properties as a reader', async () => {
    const { live, producer } = broadcast();
    const track = live.track('video/x', 'video');
    const info = await producer.resolveTrackInfo('video/x');
    expect(info).toMatchObject({ timescale: 1_000_000, latencyMax: 5_000 });
    expect(track.readerCount).toBe(0);
  });

  it('starts each reader at a keyframe, and continues the group sequence after a pause', async () => {
    const { live, producer } = broadcast();
    const track = live.track('video/x', 'video');
    const one = producer.subscribe('video/x');
    await settled();
    track.write(bytes(1), 10, true);
    track.write(bytes(2), 20, false);
    const two = producer.subscribe('video/x');
    await settled();
    track.write(bytes(3), 30, false);
    track.write(bytes(4), 40, true);
    const first = await one.nextGroup();
    expect(first?.sequence).toBe(0);
    expect((await first?.readFrame())?.payload).toEqual(bytes(1));
    const joined = await two.nextGroup();
    expect(joined?.sequence).toBe(1);
    expect((await joined?.readFrame())?.payload).toEqual(bytes(4));
    one.close();
    two.close();
    await settled();
    const later = producer.subscribe('video/x');
    await settled();
    track.write(bytes(5), 50, true);
    expect((await later.nextGroup())?.sequence).toBe(2);
  });

  it('outlives a session, and counts the readers in all sessions together', async () => {
    const { live, producer } = broadcast();
    const track = live.track('video/x', 'video');
    const second = live.openProducer();
    const reader = second.subscribe('video/x');
    producer.subscribe('video/x');
    await settled();
    expect(track.readerCount).toBe(2);
    producer.close(new Error('the channel was lost'));
    track.write(bytes(1), 10, true);
    expect((await reader.nextGroup())?.sequence).toBe(0);
  });

  it('rejects unknown tracks, and ends subscriptions when their track ends', async () => {
    const { live, producer } = broadcast();
    await expect(producer.subscribe('video/none').nextGroup()).rejects.toThrow('no such track');
    live.track('video/x', 'video');
    const reader = producer.subscribe('video/x');
    await settled();
    live.endTrack('video/x');
    expect(await reader.nextGroup()).toBeUndefined();
  });
});
