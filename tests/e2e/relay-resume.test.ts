import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { newDataDir, startAppProcess } from '../support/app-process.ts';
import { launchChromium, watchErrors } from '../support/browser.ts';
import { cleanUpAfterAll } from '../support/e2e.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { freePort } from '../support/wait.ts';
import { expectPlaying } from '../support/watch-page.ts';

/** Kills and restarts first the publisher's app and then the relay, while a page is watching. */
describe('a viewer’s page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  cleanUpAfterAll(() => browser);

  const loopback = async () => `127.0.0.1:${await freePort()}`;
  const interrupted = (page: Page) =>
    page.locator('[data-testid="watch-state"]:not([data-state="live"])').waitFor({ timeout: 20_000 });

  /**
   * Waits until the page is live again. Until then, the canvas shows the last frame from before the restart,
   * whose number might be higher.
   */
  const resumed = async (page: Page) => {
    const live = page.locator('[data-testid="watch-state"][data-state="live"]');
    await live.waitFor({ state: 'attached', timeout: 30_000 });
    await expectPlaying(page);
  };

  it('resumes playback automatically', async () => {
    const binds = { dataDir: newDataDir(), httpBind: await loopback(), irohBind: await loopback() };
    const relay = await startRelayProcess(binds);
    const home = { dataDir: newDataDir(), bind: await loopback(), args: ['--autostart', 'test'] };
    /** Starts the app and opens its window, which goes live. */
    const publish = async () => {
      const app = await startAppProcess(home);
      const window = await browser.newPage();
      await window.goto(app.ready.url);
      const { ticket } = await app.event('live', 30_000);
      return { app, window, ticket };
    };
    const before = await publish();
    const page = await browser.newPage();
    const errors = watchErrors(page);
    const url = new URL('/', relay.url);
    url.searchParams.set('name', before.ticket);
    await page.goto(url.href);
    await expectPlaying(page);

    await before.app.program.stop('SIGKILL');
    await before.window.close();
    await interrupted(page);
    await publish();
    await resumed(page);

    await relay.program.stop('SIGKILL');
    await interrupted(page);
    const second = await startRelayProcess(binds);
    expect(second.endpointId).toBe(relay.endpointId);
    await resumed(page);
    expect(errors).toEqual([]);
  }, 180_000);
});
