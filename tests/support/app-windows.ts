import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type AppProcess, newDataDir, removeDataDirs } from './app-process.ts';
import { launchChromium, watchErrors } from './browser.ts';
import { writeCameraFile } from './camera-file.ts';
import { stopPrograms } from './processes.ts';

/** Options of `useAppWindows`. */
export interface AppWindowsOptions {
  /** False if the tests are skipped: no browser is started then. Default: true. */
  enabled?: boolean;
  /** Runs in every page before the page's own scripts. */
  init?: () => void;
}

/** Opens windows of apps in one Chromium. */
export interface AppWindows {
  /** The file that the fake camera plays; its frames contain their numbers. */
  readonly cameraFile: string;
  /** Opens an app's window, with access to camera and microphone. */
  open(app: AppProcess): Promise<Page>;
}

/**
 * Starts a Chromium for the app windows of a test file. After each test, the windows are closed and the apps stopped, and
 * the test fails if a page threw an error.
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

  const open = async (app: AppProcess): Promise<Page> => {
    if (!browser) throw new Error('the browser has not been started');
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    contexts.push(context);
    const page = await context.newPage();
    const seen = watchErrors(page);
    page.on('close', () => errors.push(...seen));
    // Confirms the dialog that asks before a broadcast or call ends.
    page.on('dialog', (dialog) => void dialog.accept());
    if (init) await page.addInitScript(init);
    await page.goto(app.ready.url);
    return page;
  };
  return { cameraFile, open };
}
