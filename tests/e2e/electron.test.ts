import { join } from 'node:path';
import { _electron, type Browser, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonEvent } from '../../main/json-events.ts';
import { newDataDir, removeDataDirs, startAppProcess } from '../support/app-process.ts';
import { launchChromium, readFrameNumber, watchErrors, watchFor } from '../support/browser.ts';
import { stopPrograms } from '../support/processes.ts';
import { waitFor } from '../support/wait.ts';

const runtime = process.env.ELECTRON_OVERRIDE_DIST_PATH;
const canRun = Boolean(runtime && process.env.DISPLAY);
if (!canRun) process.stderr.write('SKIPPED: the journey in Electron: no Electron runtime or no display\n');

let browser: Browser;
let electron: ElectronApplication | undefined;

beforeAll(async () => {
  if (canRun) browser = await launchChromium();
}, 60_000);

afterEach(async () => {
  electron?.process().kill('SIGKILL');
  electron = undefined;
  await stopPrograms();
});

afterAll(async () => {
  await browser?.close();
  removeDataDirs();
});

/** The app in Electron's own window. */
async function startElectron(args: readonly string[]) {
  const app = await _electron.launch({
    executablePath: join(runtime ?? '', 'electron'),
    args: [
      ...[
        '--no-sandbox',
        '--disable-gpu',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
      ],
      ...[
        '.',
        '--json',
        '--data-dir',
        newDataDir(),
        '--iroh-relay',
        'disabled',
        '--iroh-bind',
        '127.0.0.1:0',
      ],
      ...args,
    ],
  });
  electron = app;
  const events: JsonEvent[] = [];
  let rest = '';
  app.process().stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.map((line) => JSON.parse(line) as JsonEvent));
  });
  const page = await app.firstWindow();
  return { app, page, events, errors: watchErrors(page) };
}

function isLive(page: Page): Promise<void> {
  const live = page.locator('[data-testid="watch-state"][data-state="live"]');
  return live.waitFor({ state: 'attached', timeout: 30_000 });
}

/** Frames and sound come, and the frame numbers go up. */
async function expectMoving(page: Page, durationMs: number): Promise<void> {
  await waitFor('a first frame', async () => (await readFrameNumber(page)) !== null, 20_000);
  const { frames, loudest } = await watchFor(page, durationMs);
  expect(new Set(frames).size).toBeGreaterThan((durationMs / 1_000) * 2);
  expect(frames.at(-1) ?? 0).toBeGreaterThan(frames[0] ?? 0);
  expect(loudest).toBeGreaterThan(0.001);
}

describe.skipIf(!canRun)('in Electron', () => {
  it('goes live in its window; a friend watches in a browser', async () => {
    const { events, errors } = await startElectron(['--autostart', 'test']);
    const live = await waitFor('live', () => events.find((event) => event.event === 'live'), 30_000);
    const friend = await startAppProcess({ args: [live.ticket] });
    const page = await browser.newPage();
    await page.goto(friend.ready.url);
    await isLive(page);
    await expectMoving(page, 10_000);
    await page.close();
    expect(errors).toEqual([]);
  }, 120_000);

  it('watches in its window what a friend shows from a browser', async () => {
    const friend = await startAppProcess({ args: ['--autostart', 'test'] });
    const friends = await browser.newPage();
    await friends.goto(friend.ready.url);
    const { ticket } = await friend.event('live');
    const { page, errors } = await startElectron([ticket]);
    await isLive(page);
    await expectMoving(page, 10_000);
    await friends.close();
    expect(errors).toEqual([]);
  }, 120_000);
});
