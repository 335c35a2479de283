import { Signal } from '@moq/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import type { ConnectionFacts, RenditionDecision } from '../../../../../common/bridge/renditions.ts';
import type { Rendition } from '../../../../../renderer/media/watch/rendition-switcher.ts';
import { loadBundled } from '../../../../support/media-page/bundled.ts';

type Watching = typeof import('../../../../support/media-page/watching.ts');
const { RenditionDriver } = await loadBundled<Watching>(
  new URL('../../../../support/media-page/watching.ts', import.meta.url),
);

function rendition(lines: number, bitrate: number): Rendition {
  return {
    name: `video/h264-${lines}p`,
    config: { codec: 'avc1', codedWidth: (lines * 16) / 9, codedHeight: lines, bitrate, framerate: 30 },
  } as Rendition;
}

/**
 * A fake video that applies each selection immediately, because Node cannot decode video. tests/e2e covers
 * real playback.
 */
class FakeVideo {
  offers: readonly Rendition[] = [
    rendition(720, 2_500_000),
    rendition(180, 240_000),
    rendition(360, 770_000),
  ];
  active: Rendition | undefined;
  probe: Rendition | null = null;
  overloaded = false;
  dropped = 0;
  cleared = 0;

  dueMs(mediaMs: number): number {
    return mediaMs + 20;
  }

  select(rendition: Rendition | null, _urgent?: boolean, probe?: Rendition | null): void {
    this.active = rendition ?? undefined;
    this.probe = probe ?? null;
  }

  clear(): void {
    this.cleared += 1;
    this.active = undefined;
  }
}

let video: FakeVideo;
let driver: InstanceType<typeof RenditionDriver>;
let decisions: RenditionDecision[];
let settings: {
  preferredRendition: Signal<string>;
  view: Signal<{ widthPx: number; heightPx: number; visible: boolean } | undefined>;
  videoStreams: Set<unknown>;
  connection: Store<ConnectionFacts | null>;
  maxLines: Store<number | null>;
  onSwitch: (decision: RenditionDecision) => void;
};

beforeEach(() => {
  vi.useFakeTimers();
  video = new FakeVideo();
  decisions = [];
  settings = {
    preferredRendition: new Signal<string>('auto'),
    view: new Signal<{ widthPx: number; heightPx: number; visible: boolean } | undefined>(undefined),
    videoStreams: new Set(),
    connection: new Store<ConnectionFacts | null>(null),
    maxLines: new Store<number | null>(null),
    onSwitch: (decision) => decisions.push(decision),
  };
  driver = new RenditionDriver(video, settings, () => undefined);
});

afterEach(() => {
  driver.close();
  vi.useRealTimers();
});

/** Delivers frames on time for every rendition that is being read. */
async function play(forMs: number): Promise<void> {
  for (let ms = 0; ms < forMs; ms += 33) {
    await vi.advanceTimersByTimeAsync(33);
    const atMs = performance.now();
    for (const track of [video.active, video.probe]) {
      const bytes = Math.round((track?.config.bitrate ?? 0) / 8 / 30);
      if (track) driver.frameArrived({ track: track.name, mediaMs: atMs - 5, atMs, bytes, live: true });
    }
  }
}

describe('the rendition driver', () => {
  it('starts with the smallest rendition, probes larger ones and ends with the largest', async () => {
    driver.offersChanged();
    expect(video.active?.name).toBe('video/h264-180p');
    await play(8_000);
    expect(video.active?.name).toBe('video/h264-720p');
    expect(decisions.map(({ from, to }) => [from, to]).at(0)).toEqual([null, 'video/h264-180p']);
    expect(decisions.at(-1)?.to).toBe('video/h264-720p');
    const state = driver.read();
    expect(state.decisions).toEqual(decisions);
    expect(state.renditions.map(({ height }) => height)).toEqual([180, 360, 720]);
    expect(state.estimateBps).toBeGreaterThan(0);
  });

  it('applies the user’s choice and a view change immediately', async () => {
    driver.offersChanged();
    settings.preferredRendition.set('video/h264-360p');
    await vi.advanceTimersByTimeAsync(1);
    expect(video.active?.name).toBe('video/h264-360p');
    settings.view.set({ widthPx: 300, heightPx: 170, visible: false });
    await vi.advanceTimersByTimeAsync(1);
    expect(video.active).toBeUndefined();
    expect(driver.wantsVideo).toBe(false);
    settings.videoStreams.add('in a window of its own');
    await vi.advanceTimersByTimeAsync(200);
    expect(video.active?.name).toBe('video/h264-360p');
  });

  it('reads no rendition larger than the view needs or the line limit allows', async () => {
    settings.view.set({ widthPx: 640, heightPx: 360, visible: true });
    driver.offersChanged();
    await play(8_000);
    expect(video.active?.name).toBe('video/h264-360p');
    settings.maxLines.set(180);
    await play(400);
    expect(video.active?.name).toBe('video/h264-180p');
  });

  it('clears the video when no rendition is available', () => {
    driver.offersChanged();
    video.offers = [];
    driver.offersChanged();
    expect(video.active).toBeUndefined();
    expect(video.cleared).toBe(1);
    expect(driver.read().renditions).toEqual([]);
  });

  it('does not mistake frames that are older than the subscription for a slow connection', async () => {
    driver.offersChanged();
    await play(8_000);
    expect(video.active?.name).toBe('video/h264-720p');
    const decided = decisions.length;
    // The delays increase, as on a connection that has become slow.
    for (let i = 0; i < 18; i++) {
      await vi.advanceTimersByTimeAsync(33);
      const atMs = performance.now();
      const mediaMs = atMs - 200 - i * 40;
      driver.frameArrived({ track: 'video/h264-720p', mediaMs, atMs, bytes: 1_000, live: false });
    }
    await play(1_000);
    expect(decisions).toHaveLength(decided);
    expect(video.active?.name).toBe('video/h264-720p');
  });
});
