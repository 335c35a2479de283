import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launchChromium } from '../browser.ts';
import { serveUiPage, type UiPage } from './serve.ts';

/**
 * The window's components in a real Chromium, with main and the media layer faked. Each test has its own
 * page.
 */
export interface UiFixture {
  readonly url: string;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Replaces the page with one in a new context. Returns the new page. */
  restart(options: BrowserContextOptions): Promise<Page>;
  /** Replaces the page with one in `context`. Returns the new page. */
  adopt(context: BrowserContext): Promise<Page>;
  /** The window's requests for a bridge method so far. */
  requests(method: string): Promise<unknown[]>;
  /** The focused element's text. */
  focusedText(): Promise<string>;
}

/** Starts the server and the browser for the tests of a file. A test fails if its page logs an error. */
export function useUi(): UiFixture {
  let served: UiPage;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let faults: string[] = [];

  const adopt = async (next: BrowserContext): Promise<Page> => {
    context = next;
    page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    return page;
  };
  const openContext = async (options: BrowserContextOptions = {}): Promise<Page> =>
    adopt(
      await browser.newContext({
        viewport: { width: 1280, height: 800 },
        reducedMotion: 'reduce',
        ...options,
      }),
    );

  beforeAll(async () => {
    served = await serveUiPage();
    browser = await launchChromium({ devices: false });
  }, 60_000);

  beforeEach(async () => {
    faults = [];
    await openContext();
  });

  afterEach(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  return {
    get url() {
      return served.url;
    },
    get page() {
      return page;
    },
    get context() {
      return context;
    },
    restart: async (options) => {
      await context.close();
      return openContext(options);
    },
    adopt: async (next) => {
      await context.close();
      return adopt(next);
    },
    requests: (method) =>
      page.evaluate(
        (wanted) =>
          window.harness.bridge.log.filter(({ name }) => name === wanted).map(({ request }) => request),
        method,
      ),
    focusedText: () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? ''),
  };
}
