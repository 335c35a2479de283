import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundlePageScripts } from '../../bench/renditions/page/bundle.ts';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { chromiumPath, launchChromium } from '../support/browser.ts';
import { Netlab, netlabProblem } from '../support/netlab.ts';
import { stopPrograms } from '../support/processes.ts';
import type { FrameLine } from '../support/track-reader-child.ts';
import { sleep, waitFor } from '../support/wait.ts';

/**
 * A real app goes live with a real Chromium on one host of a lab network, and another app reads 360p and the audio
 * over iroh. The reader does not decode, so its rendition never changes; `following.test.ts` covers the viewer's policy.
 */
const problem = netlabProblem();
if (problem) process.stderr.write(`SKIPPED: bit rate on a lab network: ${problem}\n`);

const TRACK = 'video/h264-360p';
const KEYFRAME_INTERVAL_MS = 2_000;
/** Approximate bit rate of the audio, including packet headers. */
const AUDIO_BPS = 100_000;
const reader = new URL('../support/track-reader-child.ts', import.meta.url).pathname;

describe.skipIf(problem !== undefined)('the bit rate on a lab network', () => {
  const folder = mkdtempSync(join(tmpdir(), 'iroh-live-rate-'));
  const frames: FrameLine[] = [];
  let lab: Netlab;
  let browser: Browser | undefined;

  beforeAll(async () => {
    lab = await Netlab.up(['a', 'b']);
    await lab.configureLink('b', 'delay=10ms');
    const data = (name: string) => ['--data-dir', join(folder, name)];
    const app = lab.run('a', process.execPath, [
      ...['--no-warnings', 'dist/main/cli.cjs', '--host', 'browser', '--no-open', '--json', ...data('a')],
      ...['--iroh-relay', 'disabled', '--max-resolution', '360p', '--autostart', 'camera'],
    ]);
    const events: JsonEvent[] = [];
    app.onLine((line) => events.push(JSON.parse(line) as JsonEvent));
    const ready = await waitFor('ready', () => events.find((event) => event.event === 'ready'), 30_000);
    // Playwright controls its browser over pipes, so the browser can run inside the namespace.
    const executablePath = join(folder, 'chromium');
    writeFileSync(
      executablePath,
      `#!/bin/sh\nexec ip netns exec ${lab.namespaceOf('a')} ${chromiumPath()} "$@"\n`,
    );
    chmodSync(executablePath, 0o700);
    browser = await launchChromium({ executablePath });
    const page = await browser.newPage({ permissions: ['camera', 'microphone'] });
    // The bench's camera has enough detail to use the whole bitrate.
    for (const content of (await bundlePageScripts({ hops: false })).publisher) {
      await page.addInitScript({ content });
    }
    await page.goto(ready.url);
    const live = await waitFor('live', () => events.find((event) => event.event === 'live'), 30_000);
    const child = lab.run('b', process.execPath, [
      ...['--no-warnings', reader, join(folder, 'b'), live.ticket, TRACK, 'audio/opus'],
    ]);
    child.onLine((text) => {
      const line = JSON.parse(text) as FrameLine | JsonEvent;
      if (line.event === 'frame') frames.push(line);
    });
    await waitFor('video', () => videoMs() > 3_000, 90_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${app.stderr()}\n---\n${child.stderr()}`);
    });
  });

  afterAll(async () => {
    await browser?.close();
    await lab?.down();
    await stopPrograms();
    rmSync(folder, { recursive: true, force: true });
  });

  const video = () => frames.filter(({ track }) => track === TRACK);

  /** Media time of the newest frame since the first one, in milliseconds. */
  function videoMs(): number {
    const received = video();
    return (received.at(-1)?.mediaMs ?? 0) - (received[0]?.mediaMs ?? 0);
  }

  /** Bit rate of the last two seconds of video, one keyframe interval, in bits per second. */
  function videoBps(): number {
    const received = video();
    const endMs = received.at(-1)?.mediaMs ?? 0;
    const recent = received.filter(({ mediaMs }) => mediaMs > endMs - KEYFRAME_INTERVAL_MS);
    return recent.reduce((sum, { bytes }) => sum + bytes * 8_000, 0) / KEYFRAME_INTERVAL_MS;
  }

  test('falls with the capacity of the only reader’s network, and rises again, without additional keyframes', async () => {
    await sleep(3_000);
    const fullBps = videoBps();
    // A busy machine encodes fewer frames, so the network's limit depends on the rate that it reaches.
    expect(fullBps).toBeGreaterThan(150_000);
    await lab.configureLink('b', `down.rate=${Math.round(fullBps * 0.65 + AUDIO_BPS)}`, 'down.queue=300ms');
    await expect.poll(videoBps, { timeout: 30_000 }).toBeLessThan(fullBps * 0.75);
    await sleep(4_000);
    expect(videoBps()).toBeLessThan(fullBps * 0.85);
    expect(videoBps()).toBeGreaterThan(fullBps * 0.2);
    await lab.configureLink('b', 'down.rate=0', 'down.queue=200ms');
    await expect.poll(videoBps, { timeout: 150_000 }).toBeGreaterThan(fullBps * 0.8);

    const starts = new Map<number, number>();
    for (const { group, mediaMs } of video()) if (!starts.has(group)) starts.set(group, mediaMs);
    const startsMs = [...starts.values()];
    // A joining reader causes the first keyframes. After that, they come at the regular interval only.
    const gaps = startsMs.slice(3).map((atMs, i) => atMs - (startsMs[i + 2] ?? 0));
    expect(gaps.length).toBeGreaterThan(4);
    for (const gap of gaps) expect(gap).toBeGreaterThan(KEYFRAME_INTERVAL_MS - 100);
  }, 300_000);
});
