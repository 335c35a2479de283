import { existsSync } from 'node:fs';
import { type Browser, chromium, type Frame, type Page } from 'playwright-core';
import { readPatternCode } from '../../renderer/media/sources/pattern-code.ts';
import { sleep } from './wait.ts';

const DEBIAN = '/usr/bin/chromium';

/** The Chromium that tests start: the one named by `CHROMIUM_PATH`, Debian's, or Playwright's own. */
export function chromiumPath(): string {
  return process.env.CHROMIUM_PATH ?? (existsSync(DEBIAN) ? DEBIAN : chromium.executablePath());
}

export interface ChromiumOptions {
  /** False: no camera and no microphone. By default there are fake ones, which any page may use. */
  devices?: boolean;
  /** What the fake camera plays; by default Chromium's own picture. */
  cameraFile?: string;
  /** False: a page sounds only after a click, as for a person who never was there. By default at once. */
  autoplay?: boolean;
  args?: readonly string[];
  /** In place of `chromiumPath()`. */
  executablePath?: string;
}

/** A real Chromium. */
export async function launchChromium({
  devices = true,
  cameraFile,
  autoplay = true,
  args = [],
  executablePath = chromiumPath(),
}: ChromiumOptions = {}): Promise<Browser> {
  return chromium.launch({
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
}

/** What a page threw, logged as an error or was refused by the CSP: a journey must leave it empty. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`pageerror: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (/Content Security Policy|Unhandled|Uncaught/i.test(text)) errors.push(`console: ${text}`);
  });
  return errors;
}

/** Enough for the code row: 28 cells over 280 pixels. */
const SAMPLE = { width: 320, height: 180 };

/** The frame number in a canvas, as the test pattern and the fake camera file show it; null when none reads. */
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

export interface Watched {
  /** Frame numbers in the order seen, repeats left out. */
  frames: number[];
  /** The loudest level heard, 0..1. */
  loudest: number;
  /** The longest time without a new frame number, in milliseconds. */
  longestFreezeMs: number;
}

/** Reads picture and sound of a page for some time. */
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
