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
  return { live, producer: live.open() };
};
afterEach(() => {
  for (const made of open.splice(0)) made.close();
});

const bytes = (...values: number[]) => Uint8Array.from(values);
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

async function hdCatalog() {
  const rungs = ladderFor({ width: 1280, height: 720 }, 30, 'motion', '1080p');
  const failures = { families: new Set<CodecFamily>(), hardware: new Set<string>() };
  const plans = await planLadder(rungs, 'motion', failures, async () => true);
  return buildCatalog(plans, { channels: 1, sampleRateHz: 48_000 });
}

describe('catalog', () => {
  it('is what hang reads', async () => {
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

  it('has no rendition for what is off', () => {
    expect(buildCatalog([], null, 1_700_000_000_000)).toEqual({
      irohLiveClock: { epochMs: 1_700_000_000_000 },
      video: { renditions: {} },
      audio: { renditions: {} },
    });
  });
});

describe('a live broadcast', () => {
  it('gives the present catalog to each reader, and changes as they come', async () => {
    const { live, producer } = broadcast();
    const early = producer.subscribe('catalog.json');
    live.setCatalog(await hdCatalog());
    expect(await early.readJson()).toHaveProperty(['video', 'renditions', 'video/h264-720p']);
    const late = producer.subscribe('catalog.json');
    expect(await late.readJson()).toHaveProperty(['audio', 'renditions', 'audio/opus']);
    live.setCatalog(buildCatalog([], null));
    expect(await late.readJson()).toEqual(buildCatalog([], null));
  });

  it('tells of the first reader, of further ones, and of the last one leaving', async () => {
    const { live, producer } = broadcast();
    const feed = live.feed('video/x', 'video');
    const readers: number[] = [];
    feed.onDemand = (count) => readers.push(count);
    const one = producer.subscribe('video/x');
    const two = producer.subscribe('video/x');
    await settled();
    one.close();
    two.close();
    await settled();
    expect(readers).toEqual([1, 2, 1, 0]);
  });

  it('does not take a look at a track’s properties for reading it', async () => {
    const { live, producer } = broadcast();
    const feed = live.feed('video/x', 'video');
    const info = await producer.resolveTrackInfo('video/x');
    expect(info).toMatchObject({ timescale: 1_000_000, latencyMax: 5_000 });
    expect(feed.readers).toBe(0);
  });

  it('starts each reader at a keyframe, and numbers groups on through pauses', async () => {
    const { live, producer } = broadcast();
    const feed = live.feed('video/x', 'video');
    const one = producer.subscribe('video/x');
    await settled();
    feed.write(bytes(1), 10, true);
    feed.write(bytes(2), 20, false);
    const two = producer.subscribe('video/x');
    await settled();
    feed.write(bytes(3), 30, false);
    feed.write(bytes(4), 40, true);
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
    feed.write(bytes(5), 50, true);
    expect((await later.nextGroup())?.sequence).toBe(2);
  });

  it('outlives a session, and counts readers over all', async () => {
    const { live, producer } = broadcast();
    const feed = live.feed('video/x', 'video');
    const second = live.open();
    const reader = second.subscribe('video/x');
    producer.subscribe('video/x');
    await settled();
    expect(feed.readers).toBe(2);
    producer.close(new Error('the channel was lost'));
    feed.write(bytes(1), 10, true);
    expect((await reader.nextGroup())?.sequence).toBe(0);
  });

  it('refuses tracks that it has not, and ends those that it ends', async () => {
    const { live, producer } = broadcast();
    await expect(producer.subscribe('video/none').nextGroup()).rejects.toThrow('no such track');
    live.feed('video/x', 'video');
    const reader = producer.subscribe('video/x');
    await settled();
    live.endFeed('video/x');
    expect(await reader.nextGroup()).toBeUndefined();
  });
});
