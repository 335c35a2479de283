import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { play, setPlayer, setPull } from '../../support/ui-page/actions.ts';
import { OTHER_TICKET } from '../../support/ui-page/samples.ts';
import { at, open, type Scenario } from '../../support/ui-page/scenario.ts';
import { watchScenarios } from '../../support/ui-page/scenarios/watch.ts';
import { useUi } from '../../support/ui-page/ui-fixture.ts';

const ui = useUi();
let page: Page;
beforeEach(() => {
  page = ui.page;
});

function scenarioOf(name: string): Scenario {
  const found = watchScenarios.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`no scenario ${name}`);
  return found;
}

describe('the Watch screen', () => {
  it('shows most of a long name at a width of 360 px, beside the badges', async () => {
    page = await ui.restart({ viewport: { width: 360, height: 740 } });
    await open(page, ui.url, scenarioOf('watch-stats'));
    await page.getByTestId('stats-toggle').click();
    await page.locator('.live-badge').waitFor();
    await page.locator('.connection-badge').waitFor();
    const name = await page.locator('.watch-name').boundingBox();
    // A name such as juniper-lantern-123456 has a width of about 200 px.
    expect(name?.width).toBeGreaterThan(110);
    const live = await page.locator('.live-badge').boundingBox();
    expect((live?.x ?? 360) + (live?.width ?? 0)).toBeLessThanOrEqual(360);
  });

  it('enters full screen on a double click on the video, not on one on the button that opens it', async () => {
    await open(page, ui.url, at());
    const fullScreen = (): Promise<boolean> => page.evaluate(() => document.fullscreenElement !== null);
    await page.getByTestId('ticket-input').fill(OTHER_TICKET);
    const button = await page.getByTestId('watch-button').boundingBox();
    const x = (button?.x ?? 0) + (button?.width ?? 0) / 2;
    const y = (button?.y ?? 0) + (button?.height ?? 0) / 2;
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.up();
    await page.getByTestId('watch-canvas').waitFor();
    await play(page);
    await page.locator('.watch-stage[data-picture=moving]').waitFor();
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
    expect(await fullScreen()).toBe(false);
    await page.mouse.click(x, y);
    await page.getByTestId('mute').hover();
    await page.mouse.down();
    await page.mouse.up();
    await page.mouse.move(x, y);
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
    expect(await fullScreen()).toBe(false);
    await page.mouse.dblclick(x, y);
    await expect.poll(fullScreen).toBe(true);
  });

  it('is left with Back and opened again with Forward, without a new page or a second confirmation', async () => {
    await open(
      page,
      ui.url,
      at({ state: { ticketRequest: { id: 'request-1', ticket: OTHER_TICKET, origin: 'link' } } }),
    );
    await page.getByTestId('confirm-ticket').click();
    const watching = page.getByTestId('watch-canvas');
    await watching.waitFor();
    await page.evaluate(() => {
      document.documentElement.dataset.page = 'first';
    });
    await page.goBack();
    await page.getByTestId('ticket-input').waitFor();
    expect(await watching.count()).toBe(0);
    await page.goForward();
    await watching.waitFor();
    await page.getByTestId('leave').click();
    await page.getByTestId('ticket-input').waitFor();
    await page.goBack();
    await watching.waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset.page)).toBe('first');
    expect(await ui.requests('ticket.confirm')).toEqual([{ id: 'request-1' }]);
    // After a reload, Back still changes the screen.
    await page.reload();
    await watching.waitFor();
    await page.goBack();
    await page.getByTestId('ticket-input').waitFor();
  });

  it('shows each state, keeps the last frame, and retries', async () => {
    await open(page, ui.url, at());
    await page.evaluate((ticket) => window.harness.app.openTicket(ticket), OTHER_TICKET);
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
    // The broadcaster mutes the microphone.
    await setPlayer(page, { hasAudio: false });
    await page.getByText('Sound is off').waitFor();
    await setPlayer(page, { hasAudio: true });
    await page.getByText('Sound is off').waitFor({ state: 'detached' });

    await setPlayer(page, { phase: 'offline' });
    await setPull(page, { state: 'ended' });
    await is('ended');
    expect(await page.locator('.watch-stage').getAttribute('data-picture')).toBe('last');

    await setPull(page, { state: 'failed', failure: 'offline', retryAtMs: Date.now() + 60_000 });
    await is('failed');
    expect(await state.textContent()).toContain('seems to be offline');
    await page.getByText(/Trying again in \d+ s/).waitFor();
    await page.getByTestId('try-now').click();
    expect(await ui.requests('pull.retry')).toEqual([{ ticket: OTHER_TICKET }]);

    await page.evaluate(() => window.harness.bridge.connected.set(false));
    await is('disconnected');
    await page.evaluate(() => window.harness.bridge.loss.set('absent'));
    await page.getByText('The app is not running').first().waitFor();
    await page.evaluate(() => window.harness.bridge.loss.set('restarted'));
    await page
      .getByText('The app was restarted at a new address. Open the address that it printed last.')
      .first()
      .waitFor();
    await page.evaluate(() => {
      window.harness.bridge.loss.set(null);
      window.harness.bridge.connected.set(true);
    });
    await is('failed');

    await page.getByTestId('leave').click();
    await page.getByTestId('go-live').waitFor();
    expect(await page.evaluate(() => window.harness.media.players.at(-1)?.closed)).toBe(true);
    // Leaving the screen updates the last-watched time again.
    expect((await ui.requests('recents.touch')).length).toBeGreaterThan(1);
  });

  it('can be used with the keyboard alone', async () => {
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
    // Shortcuts also work on a focused control, except for the keys that it handles itself.
    await page.getByTestId('volume').focus();
    await page.keyboard.press('m');
    expect(await player()).toEqual([true, 0.9]);
    await page.keyboard.press('m');
    await page.keyboard.press('ArrowDown');
    // The slider's own step applies, not the shortcut's.
    expect(await player()).toEqual([false, 0.89]);
    await page.getByTestId('volume').fill('90');
    await page.getByLabel('Delay', { exact: true }).focus();
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

  it('hides the controls during playback, and shows them on keyboard input', async () => {
    page = await ui.restart({ reducedMotion: 'no-preference' });
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

  it('labels the menus, and leaves room for the name and the controls in a narrow window', async () => {
    await open(page, ui.url, scenarioOf('watch-stats'));
    await setPlayer(page, { audioBlocked: false });
    for (const width of [1280, 640, 360]) {
      await page.setViewportSize({ width, height: 780 });
      for (const label of ['Quality', 'Delay']) {
        await page.locator('.controls').getByText(label, { exact: true }).waitFor();
      }
      const { right, scrolled } = await page.locator('.controls').evaluate((bar) => ({
        right: Math.max(...[...bar.children].map((child) => child.getBoundingClientRect().right)),
        scrolled: bar.scrollWidth > bar.clientWidth,
      }));
      expect(right).toBeLessThanOrEqual(width);
      expect(scrolled).toBe(false);
      expect((await page.locator('.watch-name').boundingBox())?.width).toBeGreaterThan(130);
    }
  });

  it('shows a short name completely in a narrow window, beside the connection badge', async () => {
    page = await ui.restart({ viewport: { width: 360, height: 780 } });
    await open(page, ui.url, scenarioOf('watch-quality'));
    await page.getByTestId('connection-badge').waitFor();
    const cut = await page.locator('.watch-name').evaluate((name) => name.scrollWidth > name.clientWidth);
    expect(cut).toBe(false);
  });

  it('keeps the sound button above the details', async () => {
    page = await ui.restart({ viewport: { width: 400, height: 780 } });
    await open(page, ui.url, scenarioOf('watch-stats'));
    // The click fails if another element covers the button.
    await page.getByTestId('sound-blocked').click();
  });

  it('sets the player’s latency, and offers a button if the browser blocks sound', async () => {
    await open(page, ui.url, at());
    await page.getByTestId('ticket-input').fill(OTHER_TICKET);
    await page.getByTestId('watch-button').click();
    await play(page);
    await page.getByLabel('Delay', { exact: true }).selectOption('300');
    expect(await page.evaluate(() => window.harness.media.players.at(-1)?.latency)).toBe(300);
    await setPlayer(page, { audioBlocked: true });
    await page.getByTestId('sound-blocked').waitFor();
  });
});
