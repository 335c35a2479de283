import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { at, open } from '../../support/ui-page/scenario.ts';
import { useUi } from '../../support/ui-page/ui-fixture.ts';

const ui = useUi();
let page: Page;
beforeEach(() => {
  page = ui.page;
});

describe('the Settings dialog', () => {
  it('changes the theme immediately, and reverts a change that cannot be saved', async () => {
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

  it('groups the settings under headings, with the relays in a section that the keyboard can open', async () => {
    await open(page, ui.url, at());
    await page.getByRole('button', { name: 'Settings' }).click();
    const headings = page.getByRole('dialog').getByRole('heading', { level: 3 });
    expect(await headings.allTextContents()).toEqual(['Appearance', 'Live', 'Watching', 'Calls']);
    const relay = page.getByTestId('share-relay');
    expect(await relay.isVisible()).toBe(false);
    await page.getByTestId('sound-autoGain').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await relay.isVisible()).toBe(true);
    await page.keyboard.press('Tab');
    expect(await relay.evaluate((field) => field === document.activeElement)).toBe(true);
  });

  it('saves that only contacts can ring, and explains what other callers hear', async () => {
    await open(page, ui.url, at());
    await page.getByRole('button', { name: 'Settings' }).click();
    const box = page.getByRole('checkbox', { name: 'Only ring for contacts' });
    expect(await box.isChecked()).toBe(false);
    await box.check();
    await page.waitForFunction(() => window.harness.bridge.state.settings.onlyContactsRing);
    await page.getByText('Their calls appear as missed calls').waitFor();
  });

  it('applies the audio processing settings to the call’s microphone', async () => {
    await open(page, ui.url, at());
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByTestId('sound-noiseSuppression').uncheck();
    expect(await page.evaluate(() => window.harness.media.callPublisher.processing)).toEqual({
      echoCancellation: true,
      noiseSuppression: false,
      autoGain: true,
    });
  });

  it('lets ticket holders list all broadcasts, unless the command line overrides the setting', async () => {
    const openAdvanced = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByTestId('settings-advanced').locator('summary').click();
    };
    await open(page, ui.url, at());
    await openAdvanced();
    const toggle = page.getByRole('checkbox', { name: 'Let ticket holders see all of your broadcasts' });
    expect(await toggle.isChecked()).toBe(false);
    await page.getByText('iroh-live’s own viewer and “moq play” need this.').waitFor();
    // The drawn switch covers the input, so click the label.
    await page.getByText('Let ticket holders see all of your broadcasts').click();
    await expect.poll(() => ui.requests('settings.change')).toEqual([{ listBroadcasts: true }]);
    expect(await toggle.isChecked()).toBe(true);

    page = await ui.restart({});
    await open(page, ui.url, at({ info: { listBroadcasts: true } }));
    await openAdvanced();
    const forced = page.getByTestId('list-broadcasts');
    expect([await forced.isChecked(), await forced.isDisabled()]).toEqual([true, true]);
    await page.getByText('The app was started with --list-broadcasts').waitFor();
  });
});
