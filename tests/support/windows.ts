import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type AppProcess, newDataDir, removeDataDirs } from './app-process.ts';
import { launchChromium, watchErrors } from './browser.ts';
import { writeCameraFile } from './camera-file.ts';
import { stopPrograms } from './processes.ts';

export interface WindowsOptions {
  /** False where the tests are skipped: then no browser is started. */
  enabled?: boolean;
  /** Runs in every page before its own scripts. */
  init?: () => void;
}

export interface Windows {
  /** The file that the fake camera plays; its frames carry their numbers. */
  readonly cameraFile: string;
  /** A window on an app, as its person sees it: camera and microphone are allowed. */
  open(app: AppProcess): Promise<Page>;
}

/**
 * A Chromium for the windows of a test file's apps. After each test the windows are closed and the apps stopped, and
 * what a page threw fails the test.
 */
export function useWindows({ enabled = true, init }: WindowsOptions = {}): Windows {
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
    if (!browser) throw new Error('no browser');
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    contexts.push(context);
    const page = await context.newPage();
    const seen = watchErrors(page);
    page.on('close', () => errors.push(...seen));
    // The question whether a broadcast or call shall really end.
    page.on('dialog', (dialog) => void dialog.accept());
    if (init) await page.addInitScript(init);
    await page.goto(app.ready.url);
    return page;
  };
  return { cameraFile, open };
}
