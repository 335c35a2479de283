import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AppProcess, removeDataDirs, startAppProcess } from '../support/app-process.ts';
import { launchChromium, watchErrors } from '../support/browser.ts';
import { stopPrograms } from '../support/processes.ts';
import { waitFor } from '../support/wait.ts';

/** Tests several windows of one app, and scripts that start a broadcast. The windows do not share a browser profile. */

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
const contexts: BrowserContext[] = [];
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  await stopPrograms();
});
afterAll(async () => {
  await browser?.close();
  removeDataDirs();
});

/** Opens a window of the app in a separate browser profile. */
async function openWindow(app: AppProcess, from = browser): Promise<{ page: Page; errors: string[] }> {
  const context = await from.newContext();
  contexts.push(context);
  const page = await context.newPage();
  const errors = watchErrors(page);
  await page.goto(app.ready.url);
  return { page, errors };
}

async function goLive(page: Page, name: string): Promise<void> {
  await page.getByTestId('source-test').click();
  await page.getByTestId('live-name').fill(name);
  await page.getByTestId('start-live').click();
}

describe('two windows of one app', () => {
  it('say that the broadcast is in the other window, which stops when this one takes over', async () => {
    const app = await startAppProcess({ args: [] });
    const first = await openWindow(app);
    await first.page.getByTestId('go-live').click();
    await goLive(first.page, 'hello');
    await first.page.getByTestId('stop-live').waitFor();

    const second = await openWindow(app);
    await second.page.getByTestId('go-live').click();
    await second.page.getByTestId('live-name').fill('other');
    expect(await second.page.getByTestId('live-elsewhere').count()).toBe(0);
    await second.page.getByTestId('live-name').fill('hello');
    await second.page.getByText('Live in another window').waitFor();
    expect(await first.page.getByTestId('stop-live').count()).toBe(1);

    await second.page.getByTestId('source-test').click();
    await second.page.getByText('Go live here instead').click();
    await second.page.getByTestId('stop-live').waitFor();
    await first.page.getByText('Another window went live as “hello”').waitFor();
    expect(await first.page.getByTestId('stop-live').count()).toBe(0);

    // The second window serves the viewers, and its broadcast continues after the first window closes.
    await first.page.context().close();
    expect(await second.page.getByTestId('stop-live').count()).toBe(1);
    expect(app.events.filter(({ event }) => event === 'ended')).toEqual([]);
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it('keep their broadcasts if the names differ', async () => {
    const app = await startAppProcess({ args: [] });
    const windows = [await openWindow(app), await openWindow(app)];
    for (const [index, { page }] of windows.entries()) {
      await page.getByTestId('go-live').click();
      await goLive(page, `show-${index}`);
      await page.getByTestId('stop-live').waitFor();
    }
    for (const { page } of windows) expect(await page.getByTestId('stop-live').count()).toBe(1);
  });

  it('do not both start the broadcast of --autostart', async () => {
    const app = await startAppProcess({ args: ['--autostart', 'test'] });
    const first = await openWindow(app);
    await first.page.getByTestId('stop-live').waitFor();
    const second = await openWindow(app);
    await second.page.getByText('Live in another window').waitFor();
    expect(await first.page.getByTestId('stop-live').count()).toBe(1);
    // A reload of the first window resumes its own broadcast.
    await first.page.reload();
    await first.page.getByTestId('stop-live').waitFor();
  });
});

describe('--autostart --json', () => {
  it('reports that the broadcast cannot go live because there is no camera', async () => {
    const without = await launchChromium({ devices: false });
    try {
      const app = await startAppProcess({ args: ['--autostart', 'camera'] });
      const { page } = await openWindow(app, without);
      const problem = page.getByTestId('source-problem').or(page.getByRole('alert'));
      await problem.first().waitFor();
      const error = await waitFor(
        'the event',
        async () => app.events.find(({ event }) => event === 'error'),
        15_000,
      );
      expect(error).toMatchObject({
        message: expect.stringMatching(/^Could not go live\. .*camera/i),
      });
      expect(app.events.filter(({ event }) => event === 'live')).toEqual([]);
    } finally {
      await without.close();
    }
  });
});
