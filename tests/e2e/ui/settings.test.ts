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
  it('changes the theme at once, and reverts a change that cannot be saved', async () => {
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

  it('applies the audio processing to the call’s microphone', async () => {
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
