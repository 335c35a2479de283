import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Origin } from '../../../main/origin/origin.ts';
import { launchChromium } from '../browser.ts';
import { type MediaPageServer, serveMediaPage } from './serve.ts';

/** Gives the tests of a file access to the media page. */
export interface MediaPage {
  /** The page of the current test. */
  readonly page: Page;
  readonly url: string;
  readonly origin: Origin;
}

/**
 * Opens a new media page for each test in a file, in a Chromium with fake devices. A test fails if it leaves
 * a broadcast published or if its page throws.
 */
export function useMediaPage(): MediaPage {
  let served: MediaPageServer;
  let browser: Browser | undefined;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    served = await serveMediaPage();
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  beforeEach(async () => {
    if (!browser) throw new Error('no browser');
    faults = [];
    page = await browser.newPage();
    page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
    await page.goto(served.url);
    await page.waitForFunction('window.mediaHarness');
  });

  afterEach(async () => {
    await page.evaluate(() => window.mediaHarness.close());
    await expect.poll(() => served.origin.list().length).toBe(0);
    await page.close();
    expect(faults).toEqual([]);
  });

  return {
    get page() {
      return page;
    },
    get url() {
      return served.url;
    },
    get origin() {
      return served.origin;
    },
  };
}
