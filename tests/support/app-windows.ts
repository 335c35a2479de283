import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type AppProcess, newDataDir, removeDataDirs } from './app-process.ts';
import { launchChromium, watchErrors } from './browser.ts';
import { writeCameraFile } from './camera-file.ts';
import { stopPrograms } from './processes.ts';

/** Options for `useAppWindows`. */
export interface AppWindowsOptions {
  /** Whether to start a browser; false if the tests are skipped. Default: true. */
  enabled?: boolean;
  /** A script that runs in every page before the page's own scripts. */
  init?: () => void;
}

/** Opens app windows in one Chromium. */
export interface AppWindows {
  /** The file that the fake camera plays. Its frames contain their numbers. */
  readonly cameraFile: string;
  /** Opens an app's window with access to the camera and microphone. */
  open(app: AppProcess): Promise<Page>;
  /** Opens any page, such as a relay's, in the same way. */
  openUrl(url: string): Promise<Page>;
}

/**
 * Starts a Chromium for the app windows of a test file. After each test, closes the windows, stops the apps,
 * and fails the test if a page threw an error.
 */
export function useAppWindows({ enabled = true, init }: AppWindowsOptions = {}): AppWindows {
  const contexts: BrowserContext[] = [];
  const errors: string[] = [];
  const cameraFile = join(newDataDir(), 'camera.y4m');
  let browser: Browser | undefined;

  beforeAll(async () => {
    if (!enabled) return;
    writeCameraFile(cameraFile);
    browser = await launchChromium({ cameraFile });
  }, 60_000);

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    await stopPrograms();
    expect(errors.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    removeDataDirs();
  });

  const openUrl = async (url: string): Promise<Page> => {
    if (!browser) throw new Error('the browser has not been started');
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    contexts.push(context);
    const page = await context.newPage();
    const seen = watchErrors(page);
    page.on('close', () => errors.push(...seen));
    // Confirms the dialog that asks before a broadcast or call ends.
    page.on('dialog', (dialog) => void dialog.accept());
    if (init) await page.addInitScript(init);
    await page.goto(url);
    return page;
  };
  return { cameraFile, open: (app) => openUrl(app.ready.url), openUrl };
}
