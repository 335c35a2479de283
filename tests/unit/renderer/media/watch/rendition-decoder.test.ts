import type { Time } from '@moq/net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadBundled } from '../../../../support/media-page/bundled.ts';
import { sleep, waitFor } from '../../../../support/wait.ts';

type Tracks = typeof import('../../../../support/media-page/tracks.ts');
const { Container, LiveBroadcast, PlayoutClock, RenditionSwitcher, RenditionDecoder } =
  await loadBundled<Tracks>(new URL('../../../../support/media-page/tracks.ts', import.meta.url));

/**
 * A fake decoder that outputs its input, because Node cannot decode video. The rest of the pipeline is real.
 */
class EchoDecoder {
  state = 'unconfigured';
  readonly decodeQueueSize = 0;
  readonly #output: (frame: object) => void;

  constructor({ output }: { output(frame: object): void }) {
    this.#output = output;
  }

  configure(): void {
    this.state = 'configured';
  }

  decode({ timestamp }: { timestamp: number }): void {
    this.#output({ timestamp, close: () => undefined });
  }

  close(): void {
    this.state = 'closed';
  }
}

beforeEach(() => {
  vi.stubGlobal('VideoDecoder', EchoDecoder);
  vi.stubGlobal(
    'EncodedVideoChunk',
    class {
      readonly timestamp: number;
      constructor(init: { timestamp: number }) {
        this.timestamp = init.timestamp;
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

const FRAME_MS = 33;

it('continues when the publisher’s clock goes back', async () => {
  const live = new LiveBroadcast();
  const source = live.openProducer().consume();
  const feed = live.track('video/x', 'video');
  const clock = new PlayoutClock();
  // The publisher's and viewer's clocks are unrelated.
  const aheadMs = 1_000_000;
  clock.addArrival(performance.now() + aheadMs, performance.now());
  const shown: number[] = [];
  const arrivals: boolean[] = [];
  let rewinds = 0;
  const track = new RenditionDecoder(
    { relativeBroadcast: () => source } as unknown as ConstructorParameters<typeof RenditionDecoder>[0],
    'video/x',
    { codec: 'avc3.42e01f', container: { kind: 'legacy' } } as ConstructorParameters<
      typeof RenditionDecoder
    >[2],
    60,
    true,
    clock,
    {
      arrived: ({ live: isLive }) => arrivals.push(isLive),
      fed: () => undefined,
      decoded: () => {
        for (const frame of track.frames.splice(0)) shown.push(frame.timestamp / 1_000);
      },
      rewound: () => {
        rewinds += 1;
        clock.reset();
      },
      failed: (error) => {
        throw error;
      },
    },
  );
  try {
    await waitFor('a reader', () => feed.readerCount > 0, 2_000);
    let mediaMs = Math.round(performance.now() + aheadMs);
    const write = async (first: boolean) => {
      mediaMs += FRAME_MS;
      const us = mediaMs * 1_000;
      feed.write(Container.Legacy.encodeFrame(Uint8Array.of(1), us as Time.Micro), us, first);
      await sleep(FRAME_MS);
    };
    for (let i = 0; i < 9; i += 1) await write(i % 3 === 0);
    await waitFor('the first frames', () => shown.length > 6, 2_000);
    const before = shown.length;
    mediaMs -= 500_000;
    for (let i = 0; i < 12; i += 1) await write(i % 3 === 0);
    await waitFor(
      'frames of the new timeline',
      () => shown.slice(before).some((ms) => ms < mediaMs + 1),
      2_000,
    );
    expect(rewinds).toBe(1);
    expect(shown.at(-1)).toBeGreaterThan(mediaMs - 3 * FRAME_MS);
    // The frames are scheduled on the new timeline.
    expect(arrivals.at(-1)).toBe(true);
    expect(Math.abs(clock.dueMs(mediaMs) - performance.now())).toBeLessThan(500);
  } finally {
    track.close();
    live.close();
  }
});

it('subscribes again when the track reappears under its name', async () => {
  const live = new LiveBroadcast();
  const source = live.openProducer().consume();
  const shown: number[] = [];
  const switcher = new RenditionSwitcher(
    { relativeBroadcast: () => source } as unknown as ConstructorParameters<typeof RenditionSwitcher>[0],
    new PlayoutClock(),
    {
      show: ({ timestamp }) => void shown.push(timestamp / 1_000),
      switched: () => undefined,
      arrived: () => undefined,
    },
  );
  const config = { codec: 'avc3.42e01f', container: { kind: 'legacy' } };
  const rendition = { name: 'video/x', config } as Parameters<typeof switcher.select>[0];
  let mediaMs = Math.round(performance.now());
  const play = async () => {
    const feed = live.track('video/x', 'video');
    await waitFor(
      'a reader',
      () => {
        switcher.select(rendition);
        return feed.readerCount > 0;
      },
      5_000,
    );
    const before = shown.length;
    for (let i = 0; shown.length < before + 5 && i < 60; i += 1) {
      mediaMs += FRAME_MS;
      const us = mediaMs * 1_000;
      feed.write(Container.Legacy.encodeFrame(Uint8Array.of(1), us as Time.Micro), us, i % 3 === 0);
      await sleep(FRAME_MS);
      switcher.select(rendition);
    }
    expect(shown.length).toBeGreaterThanOrEqual(before + 5);
    live.endTrack('video/x');
  };
  try {
    await play();
    await sleep(100);
    await play();
  } finally {
    switcher.close();
    live.close();
  }
});
