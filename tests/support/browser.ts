import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Frame, type Page } from 'playwright-core';
import { readPatternCode } from '../../renderer/media/sources/pattern-code.ts';
import { sleep } from './wait.ts';

const DEBIAN = '/usr/bin/chromium';

/** The Chromium that tests launch: `CHROMIUM_PATH`, Debian's or Playwright's, in order of preference. */
export function chromiumPath(): string {
  return process.env.CHROMIUM_PATH ?? (existsSync(DEBIAN) ? DEBIAN : chromium.executablePath());
}

/** Options for `launchChromium`. The defaults suit most tests. */
export interface ChromiumOptions {
  /** Whether the browser has a fake camera and a fake microphone that every page may use. Default: true. */
  devices?: boolean;
  /** The Y4M or MJPEG file that the fake camera plays. Default: Chromium's own test picture. */
  cameraFile?: string;
  /** Whether pages may play sound before the first click, unlike on a user's first visit. Default: true. */
  autoplay?: boolean;
  args?: readonly string[];
  /** Path of the Chromium to launch. Default: `chromiumPath()`. */
  executablePath?: string;
}

/**
 * Launches a real Chromium. With `E2E_TRACES=DIR`, a Playwright trace of each browser context is written to
 * DIR when the context closes.
 */
export async function launchChromium({
  devices = true,
  cameraFile,
  autoplay = true,
  args = [],
  executablePath = chromiumPath(),
}: ChromiumOptions = {}): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(devices ? ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] : []),
      ...(cameraFile ? [`--use-file-for-fake-video-capture=${cameraFile}`] : []),
      ...(autoplay ? ['--autoplay-policy=no-user-gesture-required'] : []),
      ...args,
    ],
    ignoreDefaultArgs: ['--headless', '--mute-audio'],
  });
  const folder = process.env.E2E_TRACES;
  if (folder) recordTraces(browser, folder);
  return browser;
}

/** Records a trace of every context that the browser opens after this call. */
function recordTraces(browser: Browser, folder: string): void {
  const newContext = browser.newContext.bind(browser);
  const closeBrowser = browser.close.bind(browser);
  const closers = new Set<() => Promise<void>>();
  browser.newContext = async (options) => {
    const context = await newContext(options);
    await context.tracing.start({ screenshots: true, snapshots: true, sources: true });
    const closeContext = context.close.bind(context);
    const close = async () => {
      if (!closers.delete(close)) return;
      await context.tracing.stop({ path: join(folder, `${randomUUID()}.zip`) });
      await closeContext();
    };
    closers.add(close);
    context.close = close;
    return context;
  };
  browser.close = async () => {
    await Promise.all([...closers].map((close) => close()));
    await closeBrowser();
  };
}

/** Collects a page's uncaught exceptions and CSP violations. Tests expect an empty list. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`pageerror: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (/Content Security Policy|Unhandled|Uncaught/i.test(text)) errors.push(`console: ${text}`);
  });
  return errors;
}

/** Size of the sampled image. It is large enough to read the row of code cells: 28 cells over 280 pixels. */
const SAMPLE = { width: 320, height: 180 };

/**
 * Reads the frame number that the test pattern or the fake camera file draws into a canvas; null if
 * unreadable.
 */
export async function readFrameNumber(page: Page | Frame, testId = 'watch-canvas'): Promise<number | null> {
  const encoded = await page.evaluate(
    ({ testId, width, height }) => {
      const canvas = document.querySelector(`[data-testid="${testId}"]`);
      if (!(canvas instanceof HTMLCanvasElement) || canvas.width === 0 || canvas.height === 0) return null;
      const small = new OffscreenCanvas(width, height);
      const context = small.getContext('2d', { willReadFrequently: true });
      if (!context) return null;
      context.drawImage(canvas, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height);
      let text = '';
      for (let i = 0; i < data.length; i += 8_192)
        text += String.fromCharCode(...data.subarray(i, i + 8_192));
      return btoa(text);
    },
    { testId, ...SAMPLE },
  );
  if (encoded === null) return null;
  return readPatternCode({ data: Buffer.from(encoded, 'base64'), ...SAMPLE });
}

/** What `watchFor` observed. */
export interface Watched {
  /** Frame numbers in order of appearance, without repeats. */
  frames: number[];
  /** The highest audio level, from 0 to 1. */
  loudest: number;
  /** The longest interval without a new frame number, in milliseconds. */
  longestFreezeMs: number;
}

/** Samples the video and the audio level of a page's player for a given time. */
export async function watchFor(page: Page, durationMs: number): Promise<Watched> {
  const frames: number[] = [];
  let loudest = 0;
  let longestFreezeMs = 0;
  let lastChange = performance.now();
  const end = lastChange + durationMs;
  while (performance.now() < end) {
    const frame = await readFrameNumber(page);
    const now = performance.now();
    if (frame !== null && frame !== frames.at(-1)) {
      frames.push(frame);
      longestFreezeMs = Math.max(longestFreezeMs, now - lastChange);
      lastChange = now;
    }
    loudest = Math.max(loudest, await heardLevel(page));
    await sleep(40);
  }
  longestFreezeMs = Math.max(longestFreezeMs, performance.now() - lastChange);
  return { frames, loudest, longestFreezeMs };
}

async function heardLevel(page: Page): Promise<number> {
  const level = await page.getByTestId('watch-level').getAttribute('data-level', { timeout: 5_000 });
  return Number(level ?? 0);
}
