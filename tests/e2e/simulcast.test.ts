import { type Broadcast, Path, type Track } from 'moq-net';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PublisherLimits } from '../../renderer/media/shared/types.ts';
import { useMediaPage } from '../support/media-page/use.ts';
import { sleep } from '../support/wait.ts';

/**
 * Renditions as main gets them: the window's publisher in a real Chromium, read from main's real Origin. Where a busy
 * machine would rightly be offered less than a test is about, the test is run again, or is about small renditions.
 */

const PATH = Path.from('live/hello');
const HD = 'video/h264-720p';
const MID = 'video/h264-360p';
const LOW = 'video/h264-180p';
const FREE: PublisherLimits = { maxResolution: '1080p', uploadLimitBps: null, viewers: [] };
const FRAME_MS = 1000 / 30;

const media = useMediaPage();
let page: Page;
beforeEach(() => {
  ({ page } = media);
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

const state = () => page.evaluate(() => window.mediaHarness.publisher.state.get());
const setLimits = (limits: Partial<PublisherLimits>) =>
  page.evaluate((all) => window.mediaHarness.publisher.setLimits(all), { ...FREE, ...limits });
const encodedFrames = () => page.evaluate(() => window.mediaHarness.encoded.frames);

async function goLive(kind: 'test' | 'camera' | 'screen' = 'test'): Promise<Broadcast.Consumer> {
  await page.evaluate(async (source) => {
    await window.mediaHarness.publisher.selectVideo({ kind: source });
    await window.mediaHarness.publisher.goLive('hello');
  }, kind);
  await expect.poll(() => media.origin.get(PATH)).toBeDefined();
  const publication = media.origin.get(PATH);
  if (!publication) throw new Error('not published');
  return publication.source;
}

interface Seen {
  timestampUs: number;
  key: boolean;
  bytes: number;
  atMs: number;
  payload: Uint8Array;
}

/** Reads a track group by group, newest first where it falls behind, as a player does. */
class Reader {
  readonly seen: Seen[] = [];
  readonly openedMs = performance.now();
  failure: unknown;
  readonly #track: Track.Subscriber;

  constructor(broadcast: Broadcast.Consumer, name: string) {
    this.#track = broadcast.subscribe(name);
    this.#read().catch((error: unknown) => {
      this.failure = error;
    });
  }

  keys(): number[] {
    return this.seen.filter(({ key }) => key).map(({ timestampUs }) => timestampUs);
  }

  /** Bits a second between the first frame and the last. */
  bps(): number {
    const spanUs = (this.seen.at(-1)?.timestampUs ?? 0) - (this.seen[0]?.timestampUs ?? 0);
    return (this.seen.reduce((sum, { bytes }) => sum + bytes, 0) * 8 * 1_000_000) / Math.max(1, spanUs);
  }

  async until(fits: (seen: Seen[]) => boolean, timeout = 5_000): Promise<void> {
    await expect.poll(() => fits(this.seen), { timeout, interval: 5 }).toBe(true);
  }

  close(): void {
    this.#track.close();
  }

  async #read(): Promise<void> {
    for (;;) {
      const group = await this.#track.nextGroup();
      if (!group) return;
      for (let key = true; ; key = false) {
        const frame = await group.readFrame();
        if (!frame) break;
        const { length } = frame.payload;
        const timestampUs = Number(frame.timestamp.asMicros());
        this.seen.push({ timestampUs, key, bytes: length, atMs: performance.now(), payload: frame.payload });
      }
    }
  }
}

const readers: Reader[] = [];
function read(broadcast: Broadcast.Consumer, name: string): Reader {
  const reader = new Reader(broadcast, name);
  readers.push(reader);
  return reader;
}

async function offers(broadcast: Broadcast.Consumer): Promise<Record<string, number>> {
  const track = broadcast.subscribe('catalog.json');
  try {
    const group = await track.nextGroup();
    const frame = await group?.readFrame();
    const catalog = JSON.parse(new TextDecoder().decode(frame?.payload)) as {
      video: { renditions: Record<string, { bitrate: number }> };
    };
    return Object.fromEntries(
      Object.entries(catalog.video.renditions).map(([name, { bitrate }]) => [name, bitrate]),
    );
  } finally {
    track.close();
  }
}

const offered = async (broadcast: Broadcast.Consumer) => Object.keys(await offers(broadcast));

/** The size of a decoded keyframe, by the page's own decoder. */
function decodedSize(payload: Uint8Array): Promise<string> {
  return page.evaluate(
    (bytes) =>
      new Promise<string>((resolve, reject) => {
        const decoder = new VideoDecoder({
          output: (frame) => {
            resolve(`${frame.displayWidth}x${frame.displayHeight}`);
            frame.close();
          },
          error: reject,
        });
        decoder.configure({ codec: 'avc1.42e01f' });
        // Annex B begins after the timestamp, a QUIC varint whose first two bits tell its length.
        const all = Uint8Array.from(bytes);
        const data = all.subarray(1 << ((all[0] ?? 0) >> 6));
        decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: 0, data }));
        decoder.flush().then(() => decoder.close(), reject);
      }),
    [...payload],
  );
}

describe('renditions', () => {
  it('have their sizes, and groups that begin at the same frames', { retry: 2 }, async () => {
    const broadcast = await goLive();
    expect(await offered(broadcast)).toEqual([HD, MID, LOW]);
    expect(await encodedFrames()).toBe(0);
    const all = [HD, MID, LOW].map((name) => read(broadcast, name));
    await sleep(5_500);
    for (const [i, size] of ['1280x720', '640x360', '320x180'].entries()) {
      const [first] = all[i]?.seen ?? [];
      expect(await decodedSize(first?.payload ?? new Uint8Array())).toBe(size);
    }
    const [hd, mid, low] = all.map((reader) => reader.keys().slice(1));
    expect(hd?.length).toBeGreaterThanOrEqual(2);
    expect(mid).toEqual(hd);
    expect(low).toEqual(hd);
    // The same frames throughout, but for those that a busy machine leaves out.
    const times = new Set(all[0]?.seen.map(({ timestampUs }) => timestampUs));
    const shared = all[2]?.seen.filter(({ timestampUs }) => times.has(timestampUs)) ?? [];
    expect(shared.length).toBeGreaterThan((all[2]?.seen.length ?? 0) * 0.8);
    const { encoding } = await state();
    expect(encoding.map(({ name }) => name)).toEqual([HD, MID, LOW]);
    process.stderr.write(
      `simulcast: ${encoding.map((e) => `${e.name} ${e.framesPerSecond}/s ${e.bps} bit/s ${e.encodeMs} ms`).join(', ')}\n`,
    );
  });

  it('are encoded only while they are read, each by itself', async () => {
    const broadcast = await goLive();
    await sleep(500);
    expect(await encodedFrames()).toBe(0);
    const mid = read(broadcast, MID);
    await mid.until((seen) => seen.length > 30);
    expect((await state()).encoding.map(({ name }) => name)).toEqual([MID]);
    const hd = read(broadcast, HD);
    await hd.until((seen) => seen.length > 30);
    mid.close();
    await expect
      .poll(async () => (await state()).encoding.map(({ name }) => name), { timeout: 3_000 })
      .toEqual([HD]);
    hd.close();
    await expect.poll(async () => (await state()).encoding, { timeout: 3_000 }).toEqual([]);
    const before = await encodedFrames();
    await sleep(500);
    expect(await encodedFrames()).toBe(before);
  });

  it('begin at once for whoever joins, and the others’ groups with them', { retry: 2 }, async () => {
    await setLimits({ maxResolution: '360p' });
    const broadcast = await goLive();
    const low = read(broadcast, LOW);
    await low.until((seen) => seen.length > 25);
    const waitsMs: number[] = [];
    for (let round = 0; round < 5; round++) {
      // At another place in the groups each time.
      await sleep(350 + round * 130);
      const joined = read(broadcast, MID);
      await joined.until((seen) => seen.length > 0);
      waitsMs.push((joined.seen[0]?.atMs ?? 0) - joined.openedMs);
      expect(joined.seen[0]?.key).toBe(true);
      // Together with it, unless they had one just before.
      const us = joined.seen[0]?.timestampUs ?? 0;
      await low.until(() => low.keys().some((key) => key <= us && key > us - 300_000), 1_000);
      joined.close();
    }
    waitsMs.sort((a, b) => a - b);
    process.stderr.write(`simulcast: a joiner's first frame after ${waitsMs.map(Math.round).join(' ')} ms\n`);
    // A frame to wait for, one to encode, the way to main, and starting the encoder. Others use this machine too.
    expect(waitsMs[0]).toBeLessThan(4 * FRAME_MS);
    expect(waitsMs[2]).toBeLessThan(15 * FRAME_MS);
    const gaps = low.keys().flatMap((us, i, keys) => (i > 0 ? [us - (keys[i - 1] ?? 0)] : []));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(300_000);
  });

  it('begin anew for a viewer that main tells of', { retry: 2 }, async () => {
    await setLimits({ maxResolution: '360p' });
    const broadcast = await goLive();
    const first = read(broadcast, MID);
    await first.until((seen) => seen.length > 30);
    await setLimits({ maxResolution: '360p', viewers: [{ name: MID, viewers: 1 }] });
    // Just after a keyframe, so that the next one is not due by itself.
    const keysBefore = first.keys().length;
    await first.until(() => first.keys().length > keysBefore);
    await sleep(400);
    // Main gives a second reader the group that there is, from its start.
    const second = read(broadcast, MID);
    await setLimits({ maxResolution: '360p', viewers: [{ name: MID, viewers: 2 }] });
    await second.until((seen) => seen.length > 0, 300);
    await first.until(() => first.keys().length > keysBefore + 1);
    const [last, next] = first.keys().slice(keysBefore);
    expect((next ?? 0) - (last ?? 0)).toBeLessThan(1_500_000);
  });
});

describe('a screen', () => {
  it('keeps its text sharp: encoders are told, and a smaller rendition moves less', async () => {
    const configs = await page.evaluateHandle(() => {
      const seen: VideoEncoderConfig[] = [];
      const { configure } = VideoEncoder.prototype;
      VideoEncoder.prototype.configure = function (config) {
        seen.push(config);
        configure.call(this, config);
      };
      return seen;
    });
    const broadcast = await goLive('screen');
    const names = await offered(broadcast);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) await read(broadcast, name).until((seen) => seen.length > 0);
    const seen = (await configs.jsonValue()).toSorted((a, b) => b.height - a.height);
    expect(seen.map(({ contentHint }) => contentHint)).toEqual(names.map(() => 'text'));
    expect(seen[1]?.framerate).toBe(10);
  });

  it('that stands still is there at once for whoever joins, in each rendition', async () => {
    const broadcast = await goLive('screen');
    const [top] = await offered(broadcast);
    const one = read(broadcast, top ?? '');
    await one.until((seen) => seen.length > 0, 1_000);
    await sleep(600);
    const others = (await offered(broadcast)).slice(1).map((name) => read(broadcast, name));
    for (const other of others) await other.until((seen) => seen.length > 0, 1_000);
  });
});

describe('limits', () => {
  it('of the size are followed while live', async () => {
    const broadcast = await goLive();
    await setLimits({ maxResolution: '360p' });
    await expect.poll(() => offered(broadcast)).toEqual([MID, LOW]);
    const mid = read(broadcast, MID);
    await mid.until((seen) => seen.length > 10);
    await setLimits({ maxResolution: '720p' });
    await expect.poll(() => offered(broadcast)).toEqual([HD, MID, LOW]);
    // The rendition that stays is not interrupted.
    const had = mid.seen.length;
    await mid.until((seen) => seen.length > had + 20);
    const [longest] = mid.seen
      .flatMap(({ timestampUs }, i, all) => (i > 0 ? [timestampUs - (all[i - 1]?.timestampUs ?? 0)] : []))
      .toSorted((a, b) => b - a);
    expect(longest).toBeLessThan(500_000);
  });

  it('of the upload make the renditions cheaper, without a gap, or take them off', async () => {
    const broadcast = await goLive();
    const hd = read(broadcast, HD);
    await hd.until((seen) => seen.length > 30);
    const viewers = [{ name: HD, viewers: 1 }];
    await setLimits({ uploadLimitBps: 1_600_000, viewers });
    await expect.poll(async () => (await offers(broadcast))[HD]).toBeLessThan(1_500_000);
    // The test pattern is easy: how well its bits follow is for the encoder's own tests. That it goes on is for ours.
    const had = hd.seen.length;
    await hd.until((seen) => seen.length > had + 45);
    const spans = hd.seen
      .slice(had)
      .flatMap(({ timestampUs }, i, all) => (i > 0 ? [timestampUs - (all[i - 1]?.timestampUs ?? 0)] : []));
    expect(Math.max(...spans)).toBeLessThan(500_000);
    expect((await state()).note).toBeNull();

    await setLimits({ uploadLimitBps: 700_000, viewers });
    await expect.poll(() => offered(broadcast)).toEqual([MID, LOW]);
    expect((await state()).note).toMatch(/upload limit leaves room for 360p/);
    await setLimits({ uploadLimitBps: null });
    await expect.poll(() => offered(broadcast)).toEqual([HD, MID, LOW]);
    expect((await state()).note).toBeNull();
  });
});

describe('a machine', () => {
  // No real encoder is slow on every machine, so its queue is made to look full.
  it('that cannot keep up gives up the costliest rendition and says so, and tries again', async () => {
    const broadcast = await goLive();
    await page.evaluate(() => {
      const large = new WeakSet<VideoEncoder>();
      const { configure } = VideoEncoder.prototype;
      VideoEncoder.prototype.configure = function (config) {
        if (config.height >= 720) large.add(this);
        configure.call(this, config);
      };
      let seen = 0;
      Object.defineProperty(VideoEncoder.prototype, 'encodeQueueSize', {
        get(this: VideoEncoder) {
          return large.has(this) && seen++ % 2 === 0 ? 9 : 0;
        },
      });
    });
    const hd = read(broadcast, HD);
    await hd.until((seen) => seen.length > 5);
    await expect.poll(() => offered(broadcast), { timeout: 8_000 }).toEqual([MID, LOW]);
    expect((await state()).note).toMatch(/cannot encode 720p in time, so viewers get 360p at most/);
    // Its readers see the track end and go one down.
    const mid = read(broadcast, MID);
    await mid.until((seen) => seen.length > 30);
    await expect.poll(() => offered(broadcast), { timeout: 20_000 }).toEqual([HD, MID, LOW]);
    expect((await state()).note).toBeNull();
  });

  it('whose hardware encoder fails goes on without it', async () => {
    await page.evaluate(() => {
      // This machine has none, so a real encoder fails when it is told to use it.
      const { isConfigSupported } = VideoEncoder;
      VideoEncoder.isConfigSupported = (config) =>
        config.hardwareAcceleration === 'prefer-hardware' && config.codec.startsWith('avc1')
          ? Promise.resolve({ supported: true, config })
          : isConfigSupported.call(VideoEncoder, config);
    });
    const broadcast = await goLive();
    const all = [HD, MID].map((name) => read(broadcast, name));
    for (const reader of all) await reader.until((seen) => seen.length > 30, 10_000);
    expect((await state()).problem).toBeNull();
  });

  it('encodes 720p30 with no needless wait', { retry: 2 }, async () => {
    const times = await page.evaluateHandle(() => {
      const startedMs = new Map<number, number>();
      const tookMs: number[] = [];
      const { encode } = VideoEncoder.prototype;
      VideoEncoder.prototype.encode = function (frame, options) {
        startedMs.set(frame.timestamp, performance.now());
        encode.call(this, frame, options);
      };
      window.VideoEncoder = class extends VideoEncoder {
        constructor({ output, error }: VideoEncoderInit) {
          super({
            output: (chunk, metadata) => {
              tookMs.push(performance.now() - (startedMs.get(chunk.timestamp) ?? 0));
              output(chunk, metadata);
            },
            error,
          });
        }
      };
      return tookMs;
    });
    const broadcast = await goLive('camera');
    expect(await offered(broadcast)).toContain(HD);
    const reader = read(broadcast, HD);
    await reader.until((seen) => seen.length > 60, 8_000);
    const tookMs = (await times.jsonValue()).toSorted((a, b) => a - b);
    const at = (share: number) => tookMs[Math.floor(tookMs.length * share)] ?? Number.NaN;
    process.stderr.write(
      `simulcast: 720p30 from frame to chunk, median ${at(0.5).toFixed(1)} ms, 95 % ${at(0.95).toFixed(1)} ms\n`,
    );
    // A frame that waited for the next one would take an interval at least.
    expect(at(0.5)).toBeLessThan(FRAME_MS);
  });
});
