import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectAccessible, expectContrastInDark, expectNoSidewaysScroll } from '../support/accessibility.ts';
import { launchChromium } from '../support/browser.ts';
import {
  broadcast,
  MAYA,
  OTHER_TICKET,
  open,
  play,
  recents,
  type Scenario,
  type Start,
  scenarios,
  setCall,
  setPlayer,
  setPull,
  setWaiting,
  TICKET,
  talk,
} from '../support/ui-page/scenarios.ts';
import { serveUiPage, type UiPage } from '../support/ui-page/serve.ts';

/** The window's views in a real Chromium, on fakes behind the real interfaces. */

let ui: UiPage;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** Faults of the page itself; no test leaves one. */
let faults: string[];

beforeAll(async () => {
  ui = await serveUiPage();
  browser = await launchChromium({ devices: false });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await ui?.close();
});

async function fresh(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
  context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...options,
  });
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
}

beforeEach(() => fresh());

afterEach(async () => {
  await context.close();
  expect(faults).toEqual([]);
});

function at(start: Start = {}, first = 'go-live'): Scenario {
  return { name: 'start', start, reach: async (on) => void (await on.getByTestId(first).waitFor()) };
}

const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
const calls = (name: string): Promise<unknown[]> =>
  page.evaluate(
    (wanted) => window.harness.bridge.log.filter((call) => call.name === wanted).map((call) => call.request),
    name,
  );

describe('every screen', () => {
  for (const scenario of scenarios) {
    it(`${scenario.name}: axe finds nothing serious in light and dark, nothing is cut off`, async () => {
      await context.close();
      await fresh({ colorScheme: 'light' });
      await open(page, ui.url, scenario);
      await expectAccessible(page, ['landmark-banner-is-top-level']);
      await expectContrastInDark(page);
      for (const width of [480, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await expectNoSidewaysScroll(page);
      }
    }, 30_000);
  }
});

describe('watching', () => {
  it('checks the ticket as one types, and watches on Enter', async () => {
    await open(page, ui.url, at());
    const input = page.getByTestId('ticket-input');
    await input.fill('iroh-live:nonsense');
    await page.locator('.field-error').waitFor();
    expect(await input.getAttribute('aria-invalid')).toBe('true');
    await input.press('Enter');
    expect(await page.getByTestId('watch-state').count()).toBe(0);

    // Without its scheme, as some messengers cut it; the window goes on with the normal form.
    await input.fill(`  ${OTHER_TICKET.slice('iroh-live:'.length)} `);
    await input.press('Enter');
    await page.getByTestId('watch-state').waitFor();
    expect(await calls('recents.touch')).toEqual([{ ticket: OTHER_TICKET }]);
    expect(await page.evaluate(() => window.harness.media.players.at(-1)?.ticket)).toBe(OTHER_TICKET);
    expect(await focused()).toBe('my-stream');
  });

  it('takes a ticket dropped or pasted anywhere', async () => {
    await open(page, ui.url, at());
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }, TICKET);
    expect(await page.getByTestId('ticket-input').inputValue()).toBe(TICKET);
    const drop = (text: string): Promise<void> =>
      page.evaluate((data) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.setData('text/plain', data);
        for (const type of ['dragenter', 'dragover', 'drop']) {
          document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
        }
      }, text);
    await drop('just some words');
    await page.locator('.toast-bad').waitFor();
    await drop(OTHER_TICKET);
    await page.getByTestId('watch-state').waitFor();
  });

  it('goes through its states, keeps the last picture, and tries again', async () => {
    await open(page, ui.url, at());
    await page.evaluate(
      (ticket) => window.harness.bridge.events.emit('ticket.open', { ticket }),
      OTHER_TICKET,
    );
    const state = page.getByTestId('watch-state');
    const is = (phase: string): Promise<void> =>
      page.locator(`[data-testid=watch-state][data-state=${phase}]`).waitFor({ state: 'attached' });
    await is('connecting');
    await setPull(page, { state: 'waiting' });
    await is('waiting');
    await play(page);
    await is('live');
    await page.evaluate(() => window.harness.media.players.at(-1)?.level.set(0.25));
    expect(await page.getByTestId('watch-level').getAttribute('data-level')).toBe('0.250');

    await setPlayer(page, { phase: 'offline' });
    await setPull(page, { state: 'ended' });
    await is('ended');
    expect(await page.locator('.watch-stage').getAttribute('data-picture')).toBe('last');

    await setPull(page, { state: 'failed', failure: 'offline', retryAtMs: Date.now() + 60_000 });
    await is('failed');
    expect(await state.textContent()).toContain('seems to be offline');
    await page.getByText(/Trying again in \d+ s/).waitFor();
    await page.getByTestId('try-now').click();
    expect(await calls('pull.retry')).toEqual([{ ticket: OTHER_TICKET }]);

    await page.evaluate(() => window.harness.bridge.connected.set(false));
    await is('disconnected');
    await page.evaluate(() => window.harness.bridge.loss.set('absent'));
    await page.getByText('The app is not running').first().waitFor();
    await page.evaluate(() => window.harness.bridge.loss.set('restarted'));
    await page.getByText('The app was restarted. Open the address that it printed.').first().waitFor();
    await page.evaluate(() => {
      window.harness.bridge.loss.set(null);
      window.harness.bridge.connected.set(true);
    });
    await is('failed');

    await page.getByTestId('leave').click();
    await page.getByTestId('go-live').waitFor();
    expect(await page.evaluate(() => window.harness.media.players.at(-1)?.closed)).toBe(true);
    // It was watched until now.
    expect((await calls('recents.touch')).length).toBeGreaterThan(1);
  });

  it('is driven by the keyboard alone', async () => {
    await open(page, ui.url, at());
    await page.getByTestId('ticket-input').focus();
    await page.keyboard.type(OTHER_TICKET);
    await page.keyboard.press('Enter');
    await page.getByTestId('watch-state').waitFor();
    await play(page);
    const player = (): Promise<unknown> =>
      page.evaluate(() => {
        const last = window.harness.media.players.at(-1);
        return last && [last.muted, last.volume];
      });
    await page.keyboard.press('m');
    expect(await player()).toEqual([true, 1]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await player()).toEqual([false, 0.9]);
    // They work on the controls too, which keep the keys that they need themselves.
    await page.getByTestId('volume').focus();
    await page.keyboard.press('m');
    expect(await player()).toEqual([true, 0.9]);
    await page.keyboard.press('m');
    await page.keyboard.press('ArrowDown');
    // The slider's own step, not the shortcut's.
    expect(await player()).toEqual([false, 0.89]);
    await page.getByTestId('volume').fill('90');
    await page.getByLabel('Delay when watching').focus();
    await page.keyboard.press('m');
    await page.keyboard.press('m');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => window.harness.bridge.state.settings.latency === 100);
    expect(await player()).toEqual([false, 0.9]);
    await page.keyboard.press('f');
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await page.keyboard.press('f');
    await page.waitForFunction(() => document.fullscreenElement === null);
    await page.keyboard.press('i');
    await page.getByTestId('stats').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('m');
    expect(await player()).toEqual([false, 0.9]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.waitForFunction(() => window.harness.bridge.state.settings.volume === 0.9);
  });

  it('hides the controls while the picture moves, and shows them for the keyboard', async () => {
    await context.close();
    await fresh({ reducedMotion: 'no-preference' });
    await open(page, ui.url, at());
    await page.getByTestId('ticket-input').fill(OTHER_TICKET);
    await page.getByTestId('watch-button').click();
    await play(page);
    await page.mouse.move(640, 400);
    await page.locator('.watch-idle').waitFor({ timeout: 8000 });
    await page.keyboard.press('Tab');
    await page.locator('.watch-idle').waitFor({ state: 'detached' });
    await page.waitForTimeout(3500);
    expect(await page.locator('.watch-idle').count()).toBe(0);
  }, 30_000);

  it('sets the latency of the player, and offers sound where it is blocked', async () => {
    await open(page, ui.url, at());
    await page.getByTestId('ticket-input').fill(OTHER_TICKET);
    await page.getByTestId('watch-button').click();
    await play(page);
    await page.getByLabel('Delay when watching').selectOption('300');
    expect(await page.evaluate(() => window.harness.media.players.at(-1)?.latency)).toBe(300);
    await setPlayer(page, { audioBlocked: true });
    await page.getByTestId('sound-blocked').waitFor();
  });
});

describe('quality', () => {
  const last = (): Promise<{ mode: string; view: unknown } | undefined> =>
    page.evaluate(() => {
      const player = window.harness.media.players.at(-1);
      return player && { mode: player.state.get().preferredRendition, view: player.view };
    });
  const shownText = (): Promise<string> =>
    page
      .getByTestId('quality')
      .evaluate((list) => (list as HTMLSelectElement).selectedOptions[0]?.text ?? '');
  const openWatch = async (start: Start = {}): Promise<void> => {
    await open(page, ui.url, at(start));
    await page.getByTestId('ticket-input').fill(OTHER_TICKET);
    await page.getByTestId('watch-button').click();
    await play(page);
  };

  it('is chosen from a list with the keyboard; that is said aloud, and what Auto does is not', async () => {
    await openWatch();
    const list = page.getByLabel('Quality of the picture');
    expect(await list.locator('option').allTextContents()).toEqual([
      'Auto · 720p',
      '1080p · 5.2 Mbit/s',
      '720p · 2.5 Mbit/s',
      '360p · 750 kbit/s',
      '180p · 240 kbit/s',
    ]);
    const said = page.locator('.controls-quality [role=status]');
    await setPlayer(page, { rendition: 'video/h264-360p' });
    await expect.poll(shownText).toBe('Auto · 360p');
    expect(await said.textContent()).toBe('');
    await list.focus();
    for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowDown');
    await expect.poll(async () => (await last())?.mode).toBe('video/h264-360p');
    expect(await said.textContent()).toBe('Quality: 360p.');
    expect(await shownText()).toBe('360p · 750 kbit/s');
    await page.keyboard.press('Home');
    await expect.poll(async () => (await last())?.mode).toBe('auto');
    expect(await said.textContent()).toBe('The quality is chosen automatically.');

    // It is for this time only.
    await list.selectOption('video/h264-180p');
    await page.getByTestId('leave').click();
    await page.getByTestId('ticket-input').fill(OTHER_TICKET);
    await page.getByTestId('watch-button').click();
    await play(page);
    expect((await last())?.mode).toBe('auto');
  });

  it('is shown with all that is on offer, and the last changes with their reasons', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await openWatch();
    await page.keyboard.press('i');
    const facts = page.getByTestId('quality-facts');
    expect(await facts.textContent()).toContain('720p, chosen automatically');
    expect(await facts.getByRole('listitem').count()).toBe(4);
    expect(await page.getByTestId('quality-estimate').textContent()).toBe('about 3.2 Mbit/s');
    const changes = page.getByTestId('quality-changes').getByRole('listitem');
    expect(await changes.nth(1).textContent()).toMatch(
      /^\d\d:\d\d:\d\d720p → 360p: 0.9 Mbit\/s available, 2.5 needed$/,
    );
    await page.getByTestId('copy-stats').click();
    await page.getByText('The details were copied').waitFor();
    const copied: unknown = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    expect(copied).toMatchObject({
      receiving: { rendition: 'video/h264-720p', preferredRendition: 'auto', estimateBps: 3_240_000 },
    });
    expect(JSON.stringify(copied)).toContain('0.9 Mbit/s available, 2.5 needed');
  });

  it('begins as the command line says; a delay that a person sets counts from then on', async () => {
    await openWatch({
      info: { rendition: 'video/h264-1080p', maxResolution: '720p', latencyMs: 250 },
    });
    expect(await shownText()).toBe('1080p · not on offer');
    expect(await page.getByTestId('quality').locator('option').count()).toBe(5);
    const latency = (): Promise<unknown> => page.evaluate(() => window.harness.media.players.at(-1)?.latency);
    expect(await latency()).toBe(250);
    expect(await page.getByLabel('Delay when watching').inputValue()).toBe('250');
    await page.getByLabel('Delay when watching').selectOption('300');
    expect(await latency()).toBe(300);
  });

  it('follows how large the picture is seen, and whether it is', async () => {
    await openWatch();
    const view = async (): Promise<unknown> => (await last())?.view;
    await expect.poll(view).toEqual({ widthPx: 1280, heightPx: 800, visible: true });
    await page.setViewportSize({ width: 400, height: 300 });
    await expect.poll(view).toEqual({ widthPx: 400, heightPx: 300, visible: true });
    // A headless browser hides no page by itself.
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await expect.poll(view).toMatchObject({ visible: false });
    await page.evaluate(() => {
      Reflect.deleteProperty(document, 'visibilityState');
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await expect.poll(view).toMatchObject({ widthPx: 400, visible: true });
  });

  it('counts the pixels of the screen, not those of the page', async () => {
    await context.close();
    // What DevTools emulate leaves the canvas at one pixel for each of the page's.
    const sharp = await launchChromium({
      devices: false,
      args: ['--force-device-scale-factor=2', '--window-size=800,600'],
    });
    try {
      context = await sharp.newContext({ viewport: null });
      page = await context.newPage();
      await openWatch();
      const seen = await page
        .getByTestId('watch-canvas')
        .evaluate((canvas) => [
          canvas.clientWidth * devicePixelRatio,
          canvas.clientHeight * devicePixelRatio,
        ]);
      expect(seen[0]).toBeGreaterThan(1200);
      await expect
        .poll(async () => (await last())?.view)
        .toEqual({ widthPx: seen[0], heightPx: seen[1], visible: true });
    } finally {
      await sharp.close();
    }
  });

  it('is there in calls too, also in the small window', async () => {
    await open(page, ui.url, { name: 'electron', start: { electron: true }, reach: (on) => talk(on) });
    await page.getByTestId('quality').selectOption('video/h264-360p');
    expect((await last())?.mode).toBe('video/h264-360p');
    await expect.poll(async () => (await last())?.view).toMatchObject({ widthPx: 1280, visible: true });
    await page.keyboard.press('i');
    await page.evaluate(() => window.harness.media.callPublisher.change({ note: 'Too slow for 1080p.' }));
    expect(await page.getByTestId('sending-note').textContent()).toBe('Too slow for 1080p.');
    expect(await page.getByTestId('quality-facts').textContent()).toContain('360p, your choice');
    await page.getByTestId('call-compact').click();
    await page.setViewportSize({ width: 360, height: 250 });
    await expect
      .poll(async () => (await last())?.view)
      .toEqual({
        widthPx: 360,
        heightPx: 250,
        visible: true,
      });
  });

  it('of what is sent is shown for each rendition, and limited by settings at once', async () => {
    await open(page, ui.url, at({ state: { broadcasts: [broadcast] } }));
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-test').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('stop-live').waitFor();
    await page.evaluate((next) => window.harness.bridge.change({ broadcasts: [next] }), {
      ...broadcast,
      viewers: 2,
      uploadBps: 1_900_000,
      renditions: [
        { name: 'audio/opus', viewers: 2 },
        { name: 'video/h264-360p', viewers: 2 },
      ],
    });
    await page.evaluate(() =>
      window.harness.media.publisher.change({
        note: 'This computer is too slow to encode 720p, so viewers get at most 360p.',
        encoding: [
          {
            name: 'video/h264-360p',
            codec: 'avc1.42e01e',
            width: 640,
            height: 360,
            framesPerSecond: 29.8,
            bps: 740_000,
            encodeMs: 3,
          },
        ],
      }),
    );
    const sent = page.getByTestId('sent').getByRole('listitem');
    await expect
      .poll(() => sent.allTextContents())
      .toEqual(['360p2 viewers30 fps, H.264, 740 kbit/s', 'Sound2 viewers']);
    expect(await page.getByTestId('sending-note').textContent()).toContain('too slow to encode 720p');

    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByLabel('Maximum resolution you send').selectOption('360p');
    const limit = page.getByLabel('Upload limit in Mbit/s');
    await limit.fill('0.01');
    await page.getByText('not enough for sound').waitFor();
    await limit.fill('2,5');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const limits = (): Promise<unknown> =>
      page.evaluate(() => [window.harness.media.publisher.limits, window.harness.media.callPublisher.limits]);
    // A call would be one of three who are sent to.
    expect(await limits()).toMatchObject([
      { maxResolution: '360p', uploadLimitBps: 2_500_000, viewers: [{ viewers: 2 }, { viewers: 2 }] },
      { maxResolution: '360p', uploadLimitBps: 833_333, viewers: [] },
    ]);
    expect(await page.getByTestId('upload').textContent()).toBe('1.9 Mbit/s of 2.5 Mbit/s');
    await expect
      .poll(() => calls('settings.change'))
      .toContainEqual(expect.objectContaining({ uploadLimitBps: 2_500_000 }));
  });
});

describe('recents', () => {
  it('are renamed, removed, and brought back', async () => {
    await open(page, ui.url, at({ state: { recents: recents.slice(0, 2) } }));
    await page.getByRole('button', { name: 'Rename hello' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Grandpa');
    await page.keyboard.press('Enter');
    await page.getByText('Grandpa').waitFor();

    await page.getByRole('button', { name: 'Remove Grandpa' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Remove Grandpa' }).waitFor();
    expect(await calls('recents.remove')).toEqual([]);

    await page.getByRole('button', { name: 'Remove Grandpa' }).click();
    await page.locator('.toasts').getByRole('button', { name: 'Dismiss' }).click();
    expect(await calls('recents.remove')).toEqual([{ ticket: TICKET }]);
    expect(await page.getByTestId('recents').getByRole('listitem').count()).toBe(1);
  });
});

describe('going live', () => {
  const live = at({ state: { broadcasts: [broadcast] } });

  it('shows the ticket, follows it, and copies it', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-test').click();
    await page.getByTestId('start-live').click();
    expect(await page.getByTestId('ticket').textContent()).toBe(TICKET);
    await page.evaluate(
      (ticket) =>
        window.harness.bridge.change({
          broadcasts: [
            { name: 'hello', ticket, viewers: 1, uploadBps: 2_000_000, push: null, renditions: [] },
          ],
        }),
      OTHER_TICKET,
    );
    await page.getByText('1 watching').waitFor();
    await page.getByTestId('copy-ticket').click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(OTHER_TICKET);
    expect(await focused()).toContain('Copied');
  });

  it('shows that it starts while the camera is asked for, and can be called off', async () => {
    await open(page, ui.url, live);
    const grant = await page.evaluateHandle(() => {
      const { promise, resolve } = Promise.withResolvers<void>();
      window.harness.media.publisher.permission = promise;
      return { resolve };
    });
    await page.getByTestId('go-live').click();
    const button = page.getByTestId('start-live');
    await button.click();
    await page.getByText('Starting…').waitFor();
    expect(await button.getAttribute('aria-busy')).toBe('true');
    await page.getByTestId('cancel-start').click();
    await button.getByText('Go live').waitFor();
    expect(await button.getAttribute('aria-busy')).toBe('false');
    await grant.evaluate(({ resolve }) => resolve());
    await page.locator('video:visible').waitFor();
    expect(await page.getByTestId('stop-live').count()).toBe(0);
    await button.click();
    await page.getByTestId('stop-live').waitFor();
  });

  it('a file without a picture has a calm place', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-file').click();
    expect(await page.getByTestId('file-input').getAttribute('accept')).toContain('audio/*');
    await page.evaluate(() => {
      window.harness.media.publisher.change({ source: 'file', video: 'none', preview: null, audio: 'on' });
    });
    await page.getByText('Sound only').waitFor();
    expect(await page.locator('video:visible').count()).toBe(0);
    await page.evaluate(() => window.harness.media.publisher.change({ phase: 'live', name: 'hello' }));
    await page.getByTestId('stop-live').waitFor();
    expect(await page.getByTestId('picture-off').isDisabled()).toBe(true);
    await page.getByText('Sound only').waitFor();
  });

  it('selects the ticket where copying is denied', async () => {
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', {
        value: { writeText: () => Promise.reject(new Error('denied')) },
      });
    });
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('copy-ticket').click();
    await page.getByText('The ticket is selected').waitFor();
    expect(await page.evaluate(() => getSelection()?.toString())).toBe(TICKET);
  });

  it('asks before stopping only while somebody watches', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('stop-live').click();
    await page.getByText('You are no longer live').waitFor();
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.evaluate(
      (next) => window.harness.bridge.change({ broadcasts: [{ ...next, viewers: 3 }] }),
      broadcast,
    );
    await page.getByText('3 watching').waitFor();
    await page.getByTestId('stop-live').click();
    await page.getByText('3 friends are watching').waitFor();
    await page.getByRole('button', { name: 'Stay live' }).click();
    await page.getByTestId('stop-live').click();
    await page.getByTestId('confirm').click();
    await page.getByTestId('ticket-input').waitFor();
    // The camera stays off.
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().preview)).toBeNull();
  });

  it('says what is wrong with a camera and offers the next step', async () => {
    await open(page, ui.url, live);
    await page.evaluate(() => {
      window.harness.media.publisher.nextProblem = {
        device: 'camera',
        fault: 'busy',
        message: 'Close the other program and try again.',
      };
    });
    await page.getByTestId('go-live').click();
    const alert = page.getByRole('alert');
    await alert.getByText('Another program is using the camera').waitFor();
    await page.getByTestId('step-choose-other').click();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SELECT');
    await page.getByTestId('step-test-pattern').click();
    await alert.waitFor({ state: 'detached' });
    await page.locator('video:visible').waitFor();
    expect(await page.getByTestId('source-test').locator('input').isChecked()).toBe(true);
  });

  it('chooses sources with the arrow keys and releases the devices on leaving', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-camera').locator('input').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByTestId('source-screen').locator('input').isChecked()).toBe(true);
    // Nothing opens a picker by itself.
    expect(
      await page.evaluate(() => window.harness.media.publisher.chosen.map((video) => video.kind)),
    ).toEqual(['camera']);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.locator('video:visible').waitFor();
    await page.getByRole('button', { name: 'Back to home' }).click();
    await page.getByTestId('ticket-input').waitFor();
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().preview)).toBeNull();
    await page.waitForFunction(() => window.harness.bridge.state.settings.source === 'test');
  });

  it('shares a screen through the app’s own picker, and stops nothing when it is closed', async () => {
    await open(page, ui.url, at({ info: { ownScreenPicker: true }, state: { broadcasts: [broadcast] } }));
    await page.evaluate(() => {
      window.harness.bridge.screens = [
        { id: 'screen:1', name: 'Whole screen', kind: 'screen', thumbnail: '' },
        { id: 'window:7', name: 'Editor', kind: 'window', thumbnail: '' },
      ];
    });
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-screen').click();
    await page.getByTestId('start-live').click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().phase)).toBe('idle');
    await page.getByTestId('start-live').click();
    await page.getByRole('radio', { name: 'Editor' }).check();
    await page.getByTestId('share-screen').click();
    await page.getByTestId('ticket').waitFor();
    expect(await calls('screens.choose')).toEqual([{ id: 'window:7' }]);
  });

  it('needs a name', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('live-name').fill('   ');
    await page.getByTestId('start-live').click();
    await page.getByText('Enter a name').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('live-name');
    await page.getByTestId('live-name').fill('  evening  ');
    await page.keyboard.press('Enter');
    await page.getByTestId('stop-live').waitFor();
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().name)).toBe('evening');
    await page.waitForFunction(() => window.harness.bridge.state.settings.broadcastName === 'evening');
  });

  it('goes live again after a reload, but not after Stop', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-test').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('ticket').waitFor();
    await page.reload();
    await page.getByTestId('ticket').waitFor();
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().source)).toBe('test');
    await page.getByTestId('stop-live').click();
    await page.getByTestId('go-live').waitFor();
    await page.reload();
    await page.getByTestId('go-live').waitFor();
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().phase)).toBe('idle');
  });

  it('offers to go on after a reload when a screen was shown', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-screen').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('ticket').waitFor();
    await page.reload();
    await page.getByTestId('resume-live').click();
    await page.getByTestId('ticket').waitFor();
  });

  it('starts by itself when told to', async () => {
    await open(page, ui.url, {
      name: 'autostart',
      start: { info: { autostart: 'test' }, state: { broadcasts: [broadcast] } },
      reach: async (on) => void (await on.getByTestId('ticket').waitFor()),
    });
    expect(await page.evaluate(() => window.harness.media.publisher.chosen)).toEqual([{ kind: 'test' }]);
  });

  it('stays live, and says so, while one watches', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.getByRole('button', { name: 'Back to home' }).click();
    await page.getByTestId('ticket-input').fill(OTHER_TICKET);
    await page.getByTestId('watch-button').click();
    await page.getByText('You are live').waitFor();
    await page.getByTestId('stop-live').click();
    await page.getByText('You are live').waitFor({ state: 'detached' });
    await page.getByTestId('watch-state').waitFor();
  });
});

describe('calls', () => {
  const CALL_TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/call';
  const ringing = (): Promise<unknown> => page.evaluate(() => window.harness.media.ringer.ringing);
  const caller = (): Promise<unknown> =>
    page.evaluate(() => {
      const { callPublisher: caller } = window.harness.media;
      return { chosen: caller.chosen.map(({ kind }) => kind), ...caller.state.get(), preview: null };
    });
  const is = (state: string): Promise<void> =>
    page.locator(`[data-testid=call][data-state=${state}]`).waitFor();

  it('ring over whatever is shown; nothing is captured, and no stray key accepts, before the answer', async () => {
    await open(page, ui.url, at());
    await page.getByTestId('ticket-input').focus();
    await setCall(page, { remote: { ...MAYA, name: 'Ma\u202Eya' } });
    const dialog = page.getByRole('dialog', { name: 'Maya is calling' });
    await dialog.waitFor();
    expect(await dialog.textContent()).toContain('id 8a88e3dd74…');
    expect(await ringing()).toBe('in');
    await page.waitForFunction(() => document.title.includes('Maya is calling'));
    for (const key of ['Enter', 'Space', 'Escape']) await page.keyboard.press(key);
    expect(await dialog.isVisible()).toBe(true);
    expect(await caller()).toMatchObject({ chosen: [], phase: 'idle', audio: 'off' });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await is('active');
    expect(await ringing()).toBeNull();
    expect(await page.title()).toBe('Call · Iroh Live');
    await page.waitForFunction(() => window.harness.media.callPublisher.state.get().phase === 'live');
    expect(await caller()).toMatchObject({ chosen: ['camera'], name: 'call-1', audio: 'on' });
    expect(await page.evaluate(() => window.harness.media.players.at(-1)?.ticket)).toBe('calls/call-1/in');
  });

  it('are told of what is switched off on either side, and say how they ended', async () => {
    await open(page, ui.url, at());
    await talk(page);
    await page.keyboard.press('m');
    await page.keyboard.press('c');
    await page.waitForFunction(() =>
      window.harness.bridge.log.some(
        ({ name, request }) =>
          name === 'call.status' && JSON.stringify(request).includes('"muted":true,"pictureOff":true'),
      ),
    );
    expect(await caller()).toMatchObject({ video: 'off', audio: 'muted' });
    await setCall(page, { remote: { ...MAYA, muted: true, pictureOff: true } });
    await page.getByTestId('remote-muted').waitFor();
    await page.getByTestId('remote-camera-off').waitFor();
    expect(await page.locator('.watch-stage').getAttribute('data-picture')).toBe('none');

    const own = page.getByTestId('call-own');
    const left = async (): Promise<number> => (await own.boundingBox())?.x ?? 0;
    const before = await left();
    await own.focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(left).toBeLessThan(before);
    await own.hover();
    await page.mouse.down();
    await page.mouse.move(0, 0, { steps: 3 });
    await page.mouse.up();
    await expect.poll(left).toBeLessThan(40);

    await setCall(page, { state: 'reconnecting', remote: MAYA });
    await page.getByText('Reconnecting…').waitFor();
    await setCall(page, { state: 'ended', message: 'The connection to Maya was lost.' });
    await is('ended');
    expect(await page.getByTestId('call-message').textContent()).toBe('The connection to Maya was lost.');
    await page.waitForFunction(() => window.harness.media.callPublisher.state.get().phase === 'idle');
    await page.getByTestId('name-caller').click();
    await page.getByTestId('contact-name').fill('Sister');
    await page.getByTestId('access-auto').check();
    await page.getByTestId('save-contact').click();
    expect(await calls('contacts.change')).toMatchObject([{ name: 'Sister', access: 'auto' }]);
    await page.getByTestId('call-again').click();
    await is('dialing');
    expect(await calls('call.dial')).toEqual([{ ticket: CALL_TICKET }]);
    await page.getByTestId('call-cancel').click();
    await page.getByTestId('call-close').click();
    await page.getByTestId('call-start').waitFor();
  });

  it('are over: who it was is named in the colours of the theme, not of the stage', async () => {
    await context.close();
    await fresh({ colorScheme: 'light' });
    const naming = scenarios.find(({ name }) => name === 'call-ended-naming');
    if (!naming) throw new Error('no scenario');
    await open(page, ui.url, naming);
    const colours = await page.evaluate(() => {
      const dialog = document.querySelector('dialog');
      const of = (what: string) =>
        getComputedStyle(dialog?.querySelector(what) ?? document.documentElement).color;
      const root = getComputedStyle(document.documentElement);
      const probe = document.body.appendChild(document.createElement('span'));
      probe.style.color = 'var(--text)';
      const text = getComputedStyle(probe).color;
      probe.remove();
      return { text, theme: root.colorScheme, of: ['h2', 'label', 'legend', 'strong'].map(of) };
    });
    expect(colours.theme).toBe('light');
    expect(colours.of).toEqual(colours.of.map(() => colours.text));
  });

  it('say that a ticket is for watching, and that one is missing', async () => {
    await open(page, ui.url, at({ info: { autostart: 'call' } }, 'call-ticket'));
    await page.getByTestId('call-dial').click();
    await page.getByText('Paste a ticket that a friend sent you.').waitFor();
    await page.getByTestId('call-input').fill(OTHER_TICKET);
    await page.getByText('This ticket is for watching, not for a call.').waitFor();
    await page.getByRole('button', { name: 'Watch it' }).click();
    await page.getByTestId('watch-state').waitFor();
    expect(await calls('call.dial')).toEqual([]);
  });

  it('of people who are not known can be blocked; in a small window every button can be reached', async () => {
    await page.setViewportSize({ width: 360, height: 300 });
    await open(page, ui.url, at());
    await setCall(page, {});
    await page.getByRole('dialog', { name: 'Unknown caller is calling' }).waitFor();
    for (const button of ['accept-video', 'accept-sound', 'decline', 'block']) {
      await page.getByTestId(button).scrollIntoViewIfNeeded();
      const box = await page.getByTestId(button).boundingBox();
      expect(box && box.y >= 0 && box.y + box.height <= 300, button).toBe(true);
    }
    await page.getByTestId('block').click();
    expect(await calls('contacts.change')).toMatchObject([{ access: 'blocked', name: '' }]);
    await setCall(page, { state: 'ended', message: 'x' });
    await page.getByTestId('ringing').waitFor({ state: 'detached' });
    expect(await page.locator('.toast').count()).toBe(0);
  });

  it('show the initial of who has the camera off, say who can hear whom, and end on Call again', async () => {
    await open(page, ui.url, at());
    await talk(page, { remote: { ...MAYA, pictureOff: true, muted: true } });
    expect(await page.locator('.overlay-letter').textContent()).toBe('M');
    await page.getByText('Their microphone is off, too. They can hear you.').waitFor();
    await page.setViewportSize({ width: 360, height: 480 });
    const own = await page.getByTestId('call-own').boundingBox();
    const words = await page.getByTestId('call-message').boundingBox();
    expect(own && words && own.y + own.height <= words.y).toBe(true);
    await setCall(page, { state: 'ended', message: 'Maya hung up.' });
    await page.getByTestId('call-again').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('call-again');
  });

  it('begin with a call ticket wherever a ticket can be given, and only one at a time', async () => {
    await open(page, ui.url, at());
    await page.getByTestId('ticket-input').fill(CALL_TICKET);
    await page.getByText('their computer will ring').waitFor();
    await page.keyboard.press('Enter');
    await is('dialing');
    expect(await calls('recents.touch')).toEqual([]);
    await setCall(page, { state: 'ringing' });
    expect(await ringing()).toBe('out');
    await page.getByTestId('leave').click();
    await page.getByTestId('call-show').waitFor();
    await page.evaluate(
      (ticket) => window.harness.bridge.events.emit('ticket.open', { ticket }),
      CALL_TICKET,
    );
    await page.getByText('already in a call').waitFor();
    expect(await calls('call.dial')).toHaveLength(1);
    await page.getByTestId('call-cancel').click();
    await is('ended');
  });

  it('that are declined leave no trace on the screen; missed ones are told in passing', async () => {
    await open(page, ui.url, at());
    await setCall(page, { remote: MAYA });
    await page.getByTestId('decline').click();
    await page.getByTestId('ringing').waitFor({ state: 'detached' });
    expect(await calls('call.decline')).toEqual([{ id: 'call-1' }]);
    expect(await page.locator('.toast').count()).toBe(0);
    await page.evaluate(() => window.harness.bridge.setCall({ id: 'call-2', contactName: 'Maya' }));
    await page.getByTestId('ringing').waitFor();
    await page.evaluate(() => window.harness.bridge.setCall({ id: 'call-2', state: 'ended', message: 'x' }));
    await page.getByText('Missed call from Maya').waitFor();
    expect(await calls('call.dismiss')).toEqual([{ id: 'call-1' }, { id: 'call-2' }]);
    await page.getByTestId('go-live').waitFor();
  });

  it('show who waits, who is declined or taken with the camera as it is', async () => {
    await open(page, ui.url, at());
    await talk(page);
    await page.keyboard.press('c');
    const jonas = { id: 'call-2', remote: { ...MAYA, name: 'Jonas' } };
    await setWaiting(page, [jonas, { id: 'call-3', contactName: 'Ada' }]);
    const card = page.getByTestId('waiting');
    expect(await card.textContent()).toMatch(/Jonas.*is waiting.*1 more/);
    expect(await ringing()).toBeNull();
    await setWaiting(page, [{ id: 'call-3', contactName: 'Ada' }]);
    await page.getByText('Missed call from Jonas').waitFor();
    await page.getByTestId('waiting-decline').click();
    await card.waitFor({ state: 'detached' });
    expect(await calls('call.decline')).toEqual([{ id: 'call-3' }]);
    expect(await page.getByText('Missed call from Ada').count()).toBe(0);

    await setWaiting(page, [jonas]);
    await page.getByTestId('leave').click();
    await page.getByText('Jonas is waiting').waitFor();
    await page.getByTestId('call-show').click();
    await page.getByTestId('waiting-answer').click();
    expect(await calls('call.accept')).toEqual([{ id: 'call-2' }]);
    await page.getByRole('heading', { name: 'Jonas' }).waitFor();
    await page.waitForFunction(() => window.harness.media.callPublisher.state.get().name === 'call-2');
    // The camera was off, and nobody said that it shall be on.
    expect(await caller()).toMatchObject({ phase: 'live', video: 'off', chosen: ['camera'] });
  });

  it('become a small window on top, and the large one again when they end', async () => {
    await open(page, ui.url, { name: 'electron', start: { electron: true }, reach: (on) => talk(on) });
    const kept = (): Promise<unknown> => page.evaluate(() => ({ ...document.documentElement.dataset }));
    await page.keyboard.press('p');
    await page.getByTestId('call-large').waitFor();
    expect(await kept()).toMatchObject({ onTop: 'true', bounds: '1020 50 360 250' });
    await page.getByLabel('Window opacity').fill('50');
    expect(await kept()).toMatchObject({ opacity: '0.5' });
    await page.getByTestId('hang-up').click();
    await is('ended');
    expect(await kept()).toMatchObject({ onTop: 'false', bounds: '100 50 1280 800', opacity: '1' });
  });

  it('set the microphone as the settings say', async () => {
    await open(page, ui.url, at());
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByTestId('sound-noiseSuppression').uncheck();
    expect(await page.evaluate(() => window.harness.media.callPublisher.processing)).toEqual({
      echoCancellation: true,
      noiseSuppression: false,
      autoGain: true,
    });
  });
});

describe('settings', () => {
  it('changes the theme at once, and puts back what cannot be saved', async () => {
    await open(page, ui.url, at());
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('radio', { name: 'Dark' }).check();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.waitForFunction(() => window.harness.bridge.state.settings.theme === 'dark');
    await page.evaluate(() => window.harness.bridge.failing.set('settings.change', 'The disk is full.'));
    await page.getByRole('radio', { name: 'Light' }).click();
    await page.getByText('The disk is full').waitFor();
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Settings');
  });
});
