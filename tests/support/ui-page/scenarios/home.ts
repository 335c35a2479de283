import { goLive } from '../actions.ts';
import { history, recents, watched } from '../samples.ts';
import type { Scenario } from '../scenario.ts';

/** The states of the Home screen. */
export const homeScenarios: readonly Scenario[] = [
  {
    name: 'home-calls',
    start: {
      state: {
        callHistory: history,
        contacts: [{ peer: 'c'.repeat(64), name: '', access: 'blocked' }],
        recents: recents.slice(0, 2),
      },
    },
    reach: async (page) => void (await page.getByTestId('history').waitFor()),
  },
  { name: 'home-empty', reach: async (page) => void (await page.getByTestId('go-live').waitFor()) },
  {
    name: 'home',
    start: { state: { recents } },
    reach: async (page) => void (await page.getByTestId('recents').waitFor()),
  },
  {
    name: 'home-wrong-ticket',
    start: { state: { recents, notices: ['The settings cannot be saved: the data folder is read-only.'] } },
    reach: async (page) => {
      await page.getByTestId('ticket-input').fill('https://example.com/what-is-this');
      await page.locator('.field-error').waitFor();
    },
  },
  {
    name: 'home-live-removed',
    start: { state: { recents, broadcasts: [watched] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByRole('button', { name: 'Back to home' }).click();
      await page.getByRole('button', { name: 'Remove hello' }).click();
      await page.getByText('was removed').waitFor();
    },
  },
];
