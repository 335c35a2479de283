import { history, LONG_NAME, PEER } from '../samples.ts';
import { type Scenario, settings } from '../scenario.ts';

/** The states of the Settings dialog. */
export const settingsScenarios: readonly Scenario[] = [
  {
    name: 'settings',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'settings-calls',
    start: { state: { settings: settings({ onlyContactsRing: true }) } },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByTestId('only-contacts-ring').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'settings-sending',
    start: { info: { maxResolution: '360p' }, state: { settings: settings({ uploadLimitBps: 2_500_000 }) } },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByTestId('upload-limit').fill('much');
      await page.locator('.field-error').waitFor();
    },
  },
  {
    name: 'settings-relay',
    start: {
      state: {
        settings: settings({ shareRelay: 'https://relay.example:4443', pushTo: 'relay.example' }),
      },
    },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByText('Advanced').click();
      await page.getByTestId('push-token').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'settings-people',
    start: {
      state: {
        callHistory: history,
        contacts: [
          { peer: PEER, name: 'Maya', access: 'auto' },
          { peer: 'c'.repeat(64), name: LONG_NAME, access: 'ask' },
          { peer: 'b'.repeat(64), name: '', access: 'blocked' },
          { peer: 'd'.repeat(64), name: '', access: 'blocked' },
        ],
      },
    },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByTestId('blocked').scrollIntoViewIfNeeded();
    },
  },
];
