import type { Browser, Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { type AppProcess, newDataDir, removeDataDirs, startAppProcess } from './app-process.ts';
import { stopPrograms } from './processes.ts';

/**
 * Registers a hook that closes the browser, ends all programs that tests have started, and removes their data
 * folders, after all tests of the file or `describe` block.
 */
export function cleanUpAfterAll(browser: () => Browser | undefined): void {
  afterAll(async () => {
    await browser()?.close();
    await stopPrograms();
    removeDataDirs();
  });
}

/** An app that broadcasts the test pattern, with its window and its ticket. */
export interface TestPublisher {
  app: AppProcess;
  window: Page;
  ticket: string;
}

/** Starts an app that broadcasts the test pattern. `args` are further command line arguments. */
export async function startPublisher(
  browser: Browser,
  { dataDir = newDataDir(), args = [] }: { dataDir?: string; args?: readonly string[] } = {},
): Promise<TestPublisher> {
  const app = await startAppProcess({ dataDir, args: ['--autostart', 'test', ...args] });
  const window = await browser.newPage();
  await window.goto(app.ready.url);
  const { ticket } = await app.event('live', 60_000);
  return { app, window, ticket };
}
