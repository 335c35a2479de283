import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type AppProcess, newDataDir, removeDataDirs, startAppProcess } from '../app-process.ts';
import { launchChromium, watchFor } from '../browser.ts';
import { stopPrograms } from '../processes.ts';
import { type RelayProcess, startRelayProcess } from '../relay-process.ts';
import { serveStatic } from '../static-site.ts';
import { freePort, sleep, waitFor } from '../wait.ts';
import { expectPlaying } from '../watch-page.ts';
import {
  attributeOf,
  type EngineBrowser,
  type EnginePage,
  fill,
  loudest,
  textOf,
  waitForAttribute,
  waitForElement,
  watchFrames,
} from './engine.ts';

const loopback = async () => `127.0.0.1:${await freePort()}`;

/**
 * Defines tests of a relay's pages in a browser other than Chromium. Chromium only runs the publisher's
 * window and watches what the browser publishes.
 */
export function defineRelayJourneys(launch: () => Promise<EngineBrowser>): void {
  let chromium: Browser;
  let engine: EngineBrowser;
  let relay: RelayProcess;
  let publisher: { app: AppProcess; window: Page; ticket: string };
  let page: EnginePage;
  const binds = { dataDir: newDataDir(), httpBind: '', irohBind: '' };
  const home = { dataDir: newDataDir(), bind: '', args: ['--autostart', 'test'] };

  const publish = async (): Promise<typeof publisher> => {
    const app = await startAppProcess(home);
    const window = await chromium.newPage();
    await window.goto(app.ready.url);
    const { ticket } = await app.event('live', 60_000);
    return { app, window, ticket };
  };
  const watchUrl = (name: string, path = '/'): string => {
    const url = new URL(path, relay.url);
    url.searchParams.set('name', name);
    return url.href;
  };
  const watchTicket = async (): Promise<void> => {
    await page.goto(watchUrl(publisher.ticket));
    await waitForAttribute(page, 'watch-state', 'data-state', 'live', 60_000);
  };

  beforeAll(async () => {
    Object.assign(binds, { httpBind: await loopback(), irohBind: await loopback() });
    home.bind = await loopback();
    chromium = await launchChromium();
    relay = await startRelayProcess(binds);
    publisher = await publish();
    engine = await launch();
  }, 240_000);
  afterEach(async () => {
    await page?.close();
  });
  afterAll(async () => {
    await engine?.close();
    await chromium?.close();
    await stopPrograms();
    removeDataDirs();
  });
  const journey = (title: string, run: () => Promise<void>): void =>
    it(title, async () => {
      page = await engine.newPage();
      await run();
    }, 240_000);

  journey('opens a ticket from the landing page and plays it', async () => {
    await page.goto(relay.url);
    await waitForElement(page, 'ticket-input');
    await fill(page, 'ticket-input', `Watch me: <${publisher.ticket}>`);
    await page.click('watch-button');
    await waitForAttribute(page, 'watch-state', 'data-state', 'live', 60_000);
    const frames = await watchFrames(page);
    expect([...frames].sort((a, b) => a - b)).toEqual(frames);
    expect(await page.evaluate(() => new URL(location.href).searchParams.get('name'))).toBe(publisher.ticket);
  });

  journey('plays sound after one tap, and none before it', async () => {
    await page.goto(watchUrl(publisher.ticket));
    // In Firefox, evaluating code in a page acts as a user gesture, so wait until the player has opened before reading the
    // page.
    await sleep(8_000);
    await watchFrames(page);
    await waitForElement(page, 'sound-blocked');
    expect(await loudest(page, 1_000)).toBe(0);
    await page.click('sound-blocked');
    await waitFor('sound', async () => (await loudest(page, 500)) > 0.001, 30_000);
  });

  journey('obeys the keyboard', async () => {
    await watchTicket();
    await page.press('m');
    await waitForAttribute(page, 'mute', 'aria-pressed', 'true');
    await page.press('m');
    await waitForAttribute(page, 'mute', 'aria-pressed', 'false');
    await page.press('i');
    await waitFor('the details', async () =>
      /Codec/.test(await page.evaluate(() => document.body.textContent ?? '')),
    );
  });

  journey('switches to the rendition that the user selects', async () => {
    await watchTicket();
    await waitForElement(page, 'quality');
    const values = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLOptionElement>('[data-testid="quality"] option')].map(
        ({ value }) => value,
      ),
    );
    const lowest = values.filter((value) => value.startsWith('video/')).at(-1);
    if (lowest === undefined) throw new Error(`no renditions: ${values.join(' ')}`);
    await fill(page, 'quality', lowest);
    const lines = Number(/(\d+)p$/.exec(lowest)?.[1]);
    await waitFor(
      `${lines} lines`,
      () =>
        page.evaluate((height) => {
          const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="watch-canvas"]');
          return canvas?.height === height;
        }, lines),
      30_000,
    );
    await watchFrames(page);
  });

  journey('plays in another site’s frame', async () => {
    const site = await serveStatic({
      '/': {
        type: 'text/html',
        body: `<!doctype html><iframe allow="autoplay; fullscreen" style="width:640px;height:360px"
          src="${watchUrl(publisher.ticket, '/embed')}&amp;muted=1"></iframe>`,
      },
    });
    await page.goto(site.url);
    await watchFrames(page, 8, true);
    await site.close();
  });

  for (const source of ['camera', 'test'] as const) {
    journey(
      `goes live with the ${source === 'camera' ? 'camera and the microphone' : 'test pattern'}`,
      async () => {
        await page.goto(new URL('/publish', relay.url).href);
        await waitForElement(page, `source-${source}`);
        await page.click(`source-${source}`);
        const name = await page.evaluate(
          () => document.querySelector<HTMLInputElement>('[data-testid="live-name"]')?.value ?? '',
        );
        await page.click('start-live');
        await waitForElement(page, 'publish-link');
        const viewer = await chromium.newPage();
        await viewer.goto((await textOf(page, 'publish-link')) ?? '');
        await viewer
          .locator('[data-testid="watch-state"][data-state="live"]')
          .waitFor({ state: 'attached', timeout: 60_000 });
        expect(new URL(viewer.url()).searchParams.get('name')).toBe(name);
        if (source === 'test') await expectPlaying(viewer);
        const shot = () => viewer.getByTestId('watch-canvas').screenshot();
        const first = await shot();
        await waitFor('moving video', async () => !(await shot()).equals(first), 30_000);
        const canSound = await page.evaluate(() => 'AudioEncoder' in globalThis);
        if (canSound) {
          if (await viewer.getByTestId('sound-blocked').isVisible())
            await viewer.getByTestId('sound-blocked').click();
          await waitFor('sound', async () => (await watchFor(viewer, 500)).loudest > 0.001, 30_000);
        }
        await page.click('stop-live');
        // The page asks for confirmation, because somebody is watching.
        await waitForElement(page, 'confirm');
        await page.click('confirm');
        await viewer.locator('[data-testid="watch-state"][data-state="ended"]').waitFor({ timeout: 30_000 });
        await viewer.close();
      },
    );
  }

  journey('resumes after the publisher and after the relay was killed', async () => {
    await watchTicket();
    await watchFrames(page);
    const interrupted = () =>
      waitFor(
        'an interruption',
        async () => (await attributeOf(page, 'watch-state', 'data-state')) !== 'live',
        30_000,
      );
    const resumed = async () => {
      await waitForAttribute(page, 'watch-state', 'data-state', 'live', 60_000);
      await sleep(500);
      await watchFrames(page);
    };
    await publisher.app.program.stop('SIGKILL');
    await publisher.window.close();
    await interrupted();
    publisher = await publish();
    await resumed();
    await relay.program.stop('SIGKILL');
    await interrupted();
    relay = await startRelayProcess(binds);
    await resumed();
  });
}
