import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { play } from '../../support/ui-page/actions.ts';
import { history, OTHER_TICKET, recents, TICKET } from '../../support/ui-page/samples.ts';
import { at, open } from '../../support/ui-page/scenario.ts';
import { useUi } from '../../support/ui-page/ui-fixture.ts';

const ui = useUi();
let page: Page;
beforeEach(() => {
  page = ui.page;
});

describe('the Home screen', () => {
  it('aligns the headings of the cards and the buttons below them', async () => {
    for (const width of [1000, 1280, 2560]) {
      await page.setViewportSize({ width, height: 1000 });
      await open(page, ui.url, at());
      const tops = (locator: string): Promise<number[]> =>
        page
          .locator(locator)
          .evaluateAll((elements) => elements.map((each) => Math.round(each.getBoundingClientRect().top)));
      for (const locator of ['.home-actions h2', '.home-actions .button']) {
        const [first, ...others] = await tops(locator);
        expect(others, `${locator} at ${width}`).toEqual([first, first]);
      }
    }
  });

  it('shows full names in the history where there is room, and wraps the id otherwise', async () => {
    await open(page, ui.url, at({ state: { callHistory: history } }));
    const names = page.getByTestId('history').locator('.recent-who');
    const cut = (): Promise<boolean[]> =>
      names.evaluateAll((all) => all.map((each) => each.scrollWidth > each.clientWidth));
    expect(await names.allTextContents()).toEqual([
      'Maya',
      expect.stringMatching(/^Grandmother/),
      'Maya',
      'Your friend',
    ]);
    // Of these names, only the one with 60 characters is too long to fit.
    expect(await cut()).toEqual([false, true, false, false]);
    await page.setViewportSize({ width: 400, height: 780 });
    expect(await cut()).toEqual([false, true, false, false]);
  });

  it('validates the ticket while the user types, and watches on Enter', async () => {
    await open(page, ui.url, at());
    const input = page.getByTestId('ticket-input');
    await input.fill('iroh-live:nonsense');
    await page.locator('.field-error').waitFor();
    expect(await input.getAttribute('aria-invalid')).toBe('true');
    await input.press('Enter');
    expect(await page.getByTestId('watch-state').count()).toBe(0);

    // Some messengers strip the scheme. The window uses the normalized ticket.
    await input.fill(`  ${OTHER_TICKET.slice('iroh-live:'.length)} `);
    await input.press('Enter');
    await page.getByTestId('watch-state').waitFor();
    // A ticket is added to the recent tickets only once it has worked.
    expect(await ui.requests('recents.touch')).toEqual([]);
    await play(page);
    await expect.poll(() => ui.requests('recents.touch')).toEqual([{ ticket: OTHER_TICKET }]);
    expect(await page.evaluate(() => window.harness.media.players.at(-1)?.ticket)).toBe(OTHER_TICKET);
    expect(await ui.focusedText()).toBe('my-stream');
  });

  it('finds the ticket in a pasted email', async () => {
    await open(page, ui.url, at());
    const input = page.getByTestId('ticket-input');
    await input.focus();
    await page.evaluate((ticket) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData(
        'text/plain',
        `Hi!\n\n> ${ticket.slice(0, 30)}\n> ${ticket.slice(30)}\n\nSee you, Anna`,
      );
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      document.activeElement?.dispatchEvent(event);
    }, OTHER_TICKET);
    expect(await input.inputValue()).toBe(OTHER_TICKET);
    await input.fill(`Watch me: ${OTHER_TICKET.slice(0, 30)}!${OTHER_TICKET.slice(30)}`);
    await page.getByText('contains “!”, which does not belong there').waitFor();
  });

  it('accepts a ticket dropped or pasted anywhere', async () => {
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
    await page.locator('[data-testid=ticket-request][data-action=watch]').waitFor();
    expect(await page.getByTestId('watch-state').count()).toBe(0);
    await page.getByTestId('confirm-ticket').click();
    await page.getByTestId('watch-state').waitFor();
  });

  it('renames, removes and restores a recent ticket', async () => {
    await open(page, ui.url, at({ state: { recents: recents.slice(0, 2) } }));
    await page.getByRole('button', { name: 'Rename hello' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Grandpa');
    await page.keyboard.press('Enter');
    await page.getByText('Grandpa').waitFor();

    await page.getByRole('button', { name: 'Remove Grandpa' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Remove Grandpa' }).waitFor();
    expect(await ui.requests('recents.remove')).toEqual([]);

    await page.getByRole('button', { name: 'Remove Grandpa' }).click();
    await page.locator('.toasts').getByRole('button', { name: 'Dismiss' }).click();
    expect(await ui.requests('recents.remove')).toEqual([{ ticket: TICKET }]);
    expect(await page.getByTestId('recents').getByRole('listitem').count()).toBe(1);
  });
});
