import { Signal } from '@moq/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../../../../../common/base/store.ts';
import type { LinkFacts, RenditionDecision } from '../../../../../../common/bridge/renditions.ts';
import type { Rendition } from '../../../../../../renderer/media/watch/rendition-switcher.ts';
import { loadBundled } from '../../../../../support/media-page/bundled.ts';

type Watching = typeof import('../../../../../support/media-page/watching.ts');
const { RenditionDriver } = await loadBundled<Watching>(
  new URL('../../../../../support/media-page/watching.ts', import.meta.url),
);

function rendition(lines: number, bitrate: number): Rendition {
  return {
    name: `video/h264-${lines}p`,
    config: { codec: 'avc1', codedWidth: (lines * 16) / 9, codedHeight: lines, bitrate, framerate: 30 },
  } as Rendition;
}

/** Nothing decodes video in Node: a picture that does what it is told at once. The real one is in tests/e2e. */
class FakePicture {
  offers: readonly Rendition[] = [
    rendition(720, 2_500_000),
    rendition(180, 240_000),
    rendition(360, 770_000),
  ];
  active: Rendition | undefined;
  trial: Rendition | null = null;
  overloaded = false;
  dropped = 0;
  cleared = 0;

  dueMs(mediaMs: number): number {
    return mediaMs + 20;
  }

  want(wanted: Rendition | null, _urgent?: boolean, trial?: Rendition | null): void {
    this.active = wanted ?? undefined;
    this.trial = trial ?? null;
  }

  clear(): void {
    this.cleared += 1;
    this.active = undefined;
  }
}

let picture: FakePicture;
let driver: InstanceType<typeof RenditionDriver>;
let decisions: RenditionDecision[];
const mode = () => new Signal<string>('auto');
let settings: {
  mode: ReturnType<typeof mode>;
  view: Signal<{ widthPx: number; heightPx: number; visible: boolean } | undefined>;
  pictures: Set<unknown>;
  link: Store<LinkFacts | null>;
  maxLines: Store<number | null>;
  onSwitch: (decision: RenditionDecision) => void;
};

beforeEach(() => {
  vi.useFakeTimers();
  picture = new FakePicture();
  decisions = [];
  settings = {
    mode: mode(),
    view: new Signal<{ widthPx: number; heightPx: number; visible: boolean } | undefined>(undefined),
    pictures: new Set(),
    link: new Store<LinkFacts | null>(null),
    maxLines: new Store<number | null>(null),
    onSwitch: (decision) => decisions.push(decision),
  };
  driver = new RenditionDriver(picture, settings, () => undefined);
});

afterEach(() => {
  driver.close();
  vi.useRealTimers();
});

/** Frames of what is read, in time, for a while. */
async function play(forMs: number): Promise<void> {
  for (let ms = 0; ms < forMs; ms += 33) {
    await vi.advanceTimersByTimeAsync(33);
    const atMs = performance.now();
    for (const track of [picture.active, picture.trial]) {
      const bytes = Math.round((track?.config.bitrate ?? 0) / 8 / 30);
      if (track) driver.frameArrived({ track: track.name, mediaMs: atMs - 5, atMs, bytes, live: true });
    }
  }
}

describe('the driver', () => {
  it('begins small, tries what is larger, and ends with the best', async () => {
    driver.offered();
    expect(picture.active?.name).toBe('video/h264-180p');
    await play(8_000);
    expect(picture.active?.name).toBe('video/h264-720p');
    expect(decisions.map(({ from, to }) => [from, to]).at(0)).toEqual([null, 'video/h264-180p']);
    expect(decisions.at(-1)?.to).toBe('video/h264-720p');
    const state = driver.read();
    expect(state.decisions).toEqual(decisions);
    expect(state.renditions.map(({ height }) => height)).toEqual([180, 360, 720]);
    expect(state.estimateBps).toBeGreaterThan(0);
  });

  it('does as the person wishes, at once', async () => {
    driver.offered();
    settings.mode.set('video/h264-360p');
    await vi.advanceTimersByTimeAsync(1);
    expect(picture.active?.name).toBe('video/h264-360p');
    settings.view.set({ widthPx: 300, heightPx: 170, visible: false });
    await vi.advanceTimersByTimeAsync(1);
    expect(picture.active).toBeUndefined();
    expect(driver.wantsPicture).toBe(false);
    settings.pictures.add('in a window of its own');
    await vi.advanceTimersByTimeAsync(200);
    expect(picture.active?.name).toBe('video/h264-360p');
  });

  it('reads no more than the view can show, nor than is allowed', async () => {
    settings.view.set({ widthPx: 640, heightPx: 360, visible: true });
    driver.offered();
    await play(8_000);
    expect(picture.active?.name).toBe('video/h264-360p');
    settings.maxLines.set(180);
    await play(400);
    expect(picture.active?.name).toBe('video/h264-180p');
  });

  it('clears the picture when none is on offer', () => {
    driver.offered();
    picture.offers = [];
    driver.offered();
    expect(picture.active).toBeUndefined();
    expect(picture.cleared).toBe(1);
    expect(driver.read().renditions).toEqual([]);
  });

  it('does not take what was there before its reader for a slow link', async () => {
    driver.offered();
    await play(8_000);
    expect(picture.active?.name).toBe('video/h264-720p');
    const decided = decisions.length;
    // Later and later, as over a link that became slow.
    for (let i = 0; i < 18; i++) {
      await vi.advanceTimersByTimeAsync(33);
      const atMs = performance.now();
      const mediaMs = atMs - 200 - i * 40;
      driver.frameArrived({ track: 'video/h264-720p', mediaMs, atMs, bytes: 1_000, live: false });
    }
    await play(1_000);
    expect(decisions).toHaveLength(decided);
    expect(picture.active?.name).toBe('video/h264-720p');
  });
});
