import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../../support/browser.ts';
import { play, setPlayer, talk } from '../../support/ui-page/actions.ts';
import { OTHER_TICKET } from '../../support/ui-page/samples.ts';
import { at, open, type Start } from '../../support/ui-page/scenario.ts';
import { useUi } from '../../support/ui-page/ui-fixture.ts';

const ui = useUi();
let page: Page;
beforeEach(() => {
  page = ui.page;
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

  it('can be selected with the keyboard, and only the user’s selection is announced, not Auto’s', async () => {
    await openWatch();
    const list = page.getByLabel('Quality', { exact: true });
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

    // The selection lasts until the user leaves the screen.
    await list.selectOption('video/h264-180p');
    await page.getByTestId('leave').click();
    await page.getByTestId('ticket-input').fill(OTHER_TICKET);
    await page.getByTestId('watch-button').click();
    await play(page);
    expect((await last())?.mode).toBe('auto');
  });

  it('is shown with all renditions and the reasons for the last changes', async () => {
    await ui.context.grantPermissions(['clipboard-read', 'clipboard-write']);
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

  it('starts with the values from the command line, and lets the user change the delay', async () => {
    await openWatch({
      info: { rendition: 'video/h264-1080p', maxResolution: '720p', latencyMs: 250 },
    });
    expect(await shownText()).toBe('1080p · not available');
    expect(await page.getByTestId('quality').locator('option').count()).toBe(5);
    const latency = (): Promise<unknown> => page.evaluate(() => window.harness.media.players.at(-1)?.latency);
    expect(await latency()).toBe(250);
    expect(await page.getByLabel('Delay', { exact: true }).inputValue()).toBe('250');
    await page.getByLabel('Delay', { exact: true }).selectOption('300');
    expect(await latency()).toBe(300);
  });

  it('depends on the size and visibility of the video', async () => {
    await openWatch();
    const view = async (): Promise<unknown> => (await last())?.view;
    await expect.poll(view).toEqual({ widthPx: 1280, heightPx: 800, visible: true });
    await page.setViewportSize({ width: 400, height: 300 });
    await expect.poll(view).toEqual({ widthPx: 400, heightPx: 300, visible: true });
    // A headless browser never hides a page, so the test simulates a hidden page.
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

  it('is measured in device pixels, not CSS pixels', async () => {
    // Set the device scale factor with a command-line switch. If DevTools emulated it, the canvas would still
    // have one pixel per CSS pixel.
    const sharp = await launchChromium({
      devices: false,
      args: ['--force-device-scale-factor=2', '--window-size=800,600'],
    });
    try {
      page = await ui.adopt(await sharp.newContext({ viewport: null }));
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

  it('also applies to calls, even in the small window', async () => {
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
});
