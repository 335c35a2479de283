import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeDataDirs } from '../support/app-process.ts';
import { launchChromium, watchErrors } from '../support/browser.ts';
import { type PathProxy, startPathProxy } from '../support/path-proxy.ts';
import { stopPrograms } from '../support/processes.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { expectPlaying } from '../support/watch-page.ts';

/** Tests a relay's pages behind a reverse proxy that serves them under a path. */

let browser: Browser;
let proxy: PathProxy;
beforeAll(async () => {
  browser = await launchChromium();
  const relay = await startRelayProcess();
  proxy = await startPathProxy(relay.url, '/live/');
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await stopPrograms();
  removeDataDirs();
});

/** Opens a page without WebTransport, so that all of its connections go through the proxy. */
async function newPage(): Promise<{ page: Page; errors: string[]; outside: string[] }> {
  const page = await browser.newPage();
  await page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'WebTransport');
  });
  const outside: string[] = [];
  const note = (url: string) => {
    if (/^(https?|wss?):/.test(url) && !new URL(url).pathname.startsWith('/live/')) outside.push(url);
  };
  page.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  return { page, errors: watchErrors(page), outside };
}

describe('a relay’s pages that a proxy serves under /live/', () => {
  it('publish, watch and embed, and send requests only to URLs under that path', async () => {
    const publisher = await newPage();
    await publisher.page.goto(proxy.url);
    await publisher.page.getByRole('link', { name: 'Go live' }).click();
    await publisher.page.getByTestId('source-test').click();
    await publisher.page.locator('[data-testid="start-live"]:enabled').click();
    const link = (await publisher.page.getByTestId('publish-link').textContent({ timeout: 20_000 })) ?? '';
    expect(link.startsWith(`${proxy.url}?name=`)).toBe(true);

    const viewer = await newPage();
    await viewer.page.goto(link);
    await expectPlaying(viewer.page);
    await viewer.page.locator('[data-testid="hop-relay"][data-transport="websocket"]').waitFor();

    const embed = await newPage();
    await embed.page.goto(link.replace('/live/?', '/live/embed?'));
    await expectPlaying(embed.page);

    const ticket = (await publisher.page.getByTestId('publish-ticket').textContent()) ?? '';
    await viewer.page.goto(`${proxy.url}?name=${encodeURIComponent(ticket)}`);
    await expectPlaying(viewer.page);
    await viewer.page.goto(proxy.url);
    await viewer.page.locator('.site-brand').click();
    await viewer.page.getByTestId('ticket-input').waitFor();
    expect(new URL(viewer.page.url()).pathname).toBe('/live/');
    for (const { errors, outside } of [publisher, viewer, embed]) {
      expect(outside).toEqual([]);
      expect(errors).toEqual([]);
    }
  }, 120_000);
});
