import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { useMediaPage } from '../support/media-page/use.ts';
import { sleep } from '../support/wait.ts';

/** Changing renditions in a real Chromium, publisher and viewer in one page, through main's real Origin. */

const PATH = 'live/hello';
const FRAME_MS = 1000 / 30;

const media = useMediaPage();
let page: Page;
beforeEach(() => {
  ({ page } = media);
});

/** Goes live with the test pattern and watches it, until a picture of this rendition is there. */
async function watch(rendition: string): Promise<number> {
  return page.evaluate(
    async ([path, name]) => {
      const { publisher, watch: join, until, player } = window.mediaHarness;
      await publisher.selectVideo({ kind: 'test' });
      await publisher.goLive('hello');
      join(path);
      player().setRendition(name);
      return until((state) => state.rendition === name && state.framesPerSecond > 10, 10_000);
    },
    [PATH, rendition] as const,
  );
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const gaps = (timesMs: readonly number[]) =>
  timesMs.slice(1).map((atMs, i) => atMs - (timesMs[i] ?? Number.NaN));

describe('changing the rendition', () => {
  it('leaves no gap, no step back, no black and no hole in the sound', { retry: 2 }, async () => {
    await watch('video/h264-180p');
    await sleep(3_000);
    const still = await page.evaluate(() => window.mediaHarness.switching(['video/h264-180p'], 5_000));
    const report = await page.evaluate(() =>
      window.mediaHarness.switching(
        Array.from({ length: 20 }, (_, i) => `video/h264-${i % 2 ? 180 : 360}p`),
        1_000,
      ),
    );
    const changes = report.painted.flatMap((frame, i) => {
      const before = report.painted[i - 1];
      if (!before || before.width === frame.width) return [];
      return [{ gapMs: frame.atMs - before.atMs, mediaMs: frame.mediaMs - before.mediaMs }];
    });
    const apart = (painted: { atMs: number }[]) => gaps(painted.map(({ atMs }) => atMs));
    const stillMs = Math.max(...apart(still.painted));
    const atChangeMs = Math.max(...changes.map(({ gapMs }) => gapMs));
    const skippedMs = Math.max(...changes.map(({ mediaMs }) => mediaMs));
    const frames = report.seen.map(({ frame }) => frame);
    process.stderr.write(
      `seam: ${changes.length} changes, each ${median(report.tookMs).toFixed(0)} ms after it was asked for, gap at a change ${median(changes.map(({ gapMs }) => gapMs)).toFixed(0)} ms ` +
        `(longest ${atChangeMs.toFixed(0)}), of media ${skippedMs.toFixed(0)} ms at most; ` +
        `without changes longest ${stillMs.toFixed(0)} ms; ` +
        `holes in the sound ${report.sound.holes}/${report.sound.looks}, before ${still.sound.holes}/${still.sound.looks}\n`,
    );
    expect(changes).toHaveLength(20);
    // Never black, never unreadable, never back.
    expect(frames).not.toContain(null);
    expect(frames).toEqual(frames.toSorted((a, b) => Number(a) - Number(b)));
    expect(median(changes.map(({ gapMs }) => gapMs))).toBeLessThan(1.5 * FRAME_MS);
    // One frame's interval and a timer's slack, or what this machine does without a change.
    expect(atChangeMs).toBeLessThan(Math.max(2 * FRAME_MS, 1.5 * stillMs));
    expect(skippedMs).toBeLessThan(Math.max(2.5 * FRAME_MS, 1.5 * stillMs));
    expect(report.sound.looks).toBeGreaterThan(300);
    const part = ({ looks, holes }: { looks: number; holes: number }) => holes / looks;
    expect(part(report.sound)).toBeLessThanOrEqual(part(still.sound) + 0.01);
  });
});

/** What is encoded now, which is what somebody reads. */
const encoded = () =>
  page.evaluate(() => window.mediaHarness.publisher.state.get().encoding.map(({ name }) => name));

describe('the view', () => {
  it('is a ceiling: no more is read than it can show, and nothing while it is hidden', {
    retry: 2,
  }, async () => {
    await watch('video/h264-180p');
    await page.evaluate(() => {
      window.mediaHarness.player().setRendition('auto');
      window.mediaHarness.player().setView({ widthPx: 300, heightPx: 170, visible: true });
    });
    await sleep(4_000);
    expect(await encoded()).toEqual(['video/h264-180p']);
    const { renditions, mode, decisions } = await page.evaluate(() => window.mediaHarness.playerState());
    expect(renditions.map(({ name }) => name)).toEqual([
      'video/h264-180p',
      'video/h264-360p',
      'video/h264-720p',
    ]);
    expect(mode).toBe('auto');
    expect(decisions.at(-1)?.to).toBe('video/h264-180p');
    // Out of sight: the sound goes on, and the picture's encoder rests.
    await page.evaluate(() =>
      window.mediaHarness.player().setView({ widthPx: 300, heightPx: 170, visible: false }),
    );
    await expect.poll(encoded, { timeout: 3_000 }).toEqual([]);
    await sleep(1_000);
    expect(await page.evaluate(() => window.mediaHarness.playerLevel())).toBeGreaterThan(0.05);
    expect(await page.evaluate(() => window.mediaHarness.playerState())).toMatchObject({
      phase: 'playing',
      rendition: null,
      hasVideo: true,
    });
    // The last picture stays where it was.
    expect((await page.evaluate(() => window.mediaHarness.look())).frame).not.toBeNull();
    const backMs = await page.evaluate(async () => {
      const { player, look } = window.mediaHarness;
      const before = look().frame;
      const startMs = performance.now();
      player().setView({ widthPx: 300, heightPx: 170, visible: true });
      while (look().frame === before) await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now() - startMs;
    });
    process.stderr.write(`view: the picture is back after ${backMs.toFixed(0)} ms\n`);
    // 84 ms on a quiet machine; the encoder has to start, which waits for its turn on a busy one.
    expect(backMs).toBeLessThan(2_000);
  });

  it('may be hidden while picture-in-picture shows the picture', { retry: 2 }, async () => {
    await watch('video/h264-180p');
    await page.evaluate(() => {
      const { player } = window.mediaHarness;
      player().setRendition('auto');
      Object.assign(window, { apart: player().videoStream() });
      player().setView({ widthPx: 300, heightPx: 170, visible: false });
    });
    await sleep(1_000);
    expect(await encoded()).not.toEqual([]);
    await page.evaluate(() => (window as unknown as { apart: { close(): void } }).apart.close());
    await expect.poll(encoded, { timeout: 3_000 }).toEqual([]);
  });
});

describe('joining', () => {
  it('shows the smallest first and the best within two seconds', { retry: 2 }, async () => {
    const { firstMs, bestMs, decisions } = await page.evaluate(async (path) => {
      const { publisher, watch: join, until, playerState } = window.mediaHarness;
      await publisher.selectVideo({ kind: 'test' });
      await publisher.goLive('hello');
      join(path);
      const first = await until((state) => state.rendition !== null, 10_000);
      const best = await until((state) => state.rendition === state.renditions.at(-1)?.name, 15_000);
      return { firstMs: first, bestMs: first + best, decisions: playerState().decisions };
    }, PATH);
    process.stderr.write(
      `join: first picture after ${firstMs.toFixed(0)} ms, the best after ${bestMs.toFixed(0)} ms: ` +
        `${decisions.map(({ from, to, reason }) => `${from} → ${to} (${reason})`).join('; ')}\n`,
    );
    // Printed above: under 3 s together on a quiet machine. A busy one shows less while it is.
    expect(firstMs).toBeLessThan(5_000);
    expect(bestMs - firstMs).toBeLessThan(15_000);
  });
});

describe('a stall', () => {
  it('of two seconds is made up for: the delay is back where it was', { retry: 2 }, async () => {
    await watch('video/h264-180p');
    await sleep(6_000);
    const delays = await page.evaluate(async () => {
      const { playerState } = window.mediaHarness;
      const delay = async () => {
        const found: number[] = [];
        for (let i = 0; i < 8; i++) {
          await new Promise((resolve) => setTimeout(resolve, 250));
          found.push(playerState().delayMs ?? Number.NaN);
        }
        return found.sort((a, b) => a - b)[4] ?? Number.NaN;
      };
      const beforeMs = await delay();
      window.mediaHarness.stall('viewer', 2_000);
      await new Promise((resolve) => setTimeout(resolve, 2_000 + 2_000));
      return { beforeMs, afterMs: await delay() };
    });
    const { bufferMs, skewMs } = await page.evaluate(() => window.mediaHarness.playerState());
    process.stderr.write(
      `stall: delay ${delays.beforeMs} ms before, ${delays.afterMs} ms after; buffer ${bufferMs} ms, skew ${skewMs} ms\n`,
    );
    expect(delays.afterMs).toBeLessThan(delays.beforeMs + 60);
    expect(await page.evaluate(() => window.mediaHarness.phases)).not.toContain('offline');
    expect(await page.evaluate(() => window.mediaHarness.playerLevel())).toBeGreaterThan(0.05);
  });
});
