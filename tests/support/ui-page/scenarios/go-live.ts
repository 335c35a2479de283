import { setProblem } from '../actions.ts';
import { LONG_NAME } from '../samples.ts';
import { type Scenario, settings } from '../scenario.ts';

/** The states of the Go Live screen. */
export const goLiveScenarios: readonly Scenario[] = [
  {
    name: 'golive',
    reach: async (page) => {
      await page.getByTestId('go-live').click();
      await page.locator('video:visible').waitFor();
    },
  },
  {
    name: 'golive-denied',
    reach: async (page) => {
      await page.getByTestId('go-live').click();
      await page.locator('video:visible').waitFor();
      await setProblem(
        page,
        'camera',
        'denied',
        'The app may not use the camera. Allow it in the address bar or in the system’s privacy settings, then try again.',
      );
      await page.getByTestId('step-retry').waitFor();
    },
  },
  {
    name: 'golive-file',
    start: { state: { settings: settings({ broadcastName: LONG_NAME }) } },
    reach: async (page) => {
      await page.getByTestId('go-live').click();
      await page.getByTestId('source-file').click();
    },
  },
  {
    name: 'screen-picker',
    start: { info: { ownScreenPicker: true } },
    reach: async (page) => {
      await page.evaluate(() => {
        const thumbnail =
          'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
        window.harness.bridge.screens = [
          { id: 's1', name: 'Whole screen', kind: 'screen', thumbnail },
          { id: 's2', name: 'Second screen', kind: 'screen', thumbnail },
          {
            id: 'w1',
            name: 'Holiday pictures — a window with a rather long title',
            kind: 'window',
            thumbnail,
          },
          { id: 'w2', name: 'Editor', kind: 'window', thumbnail },
        ];
      });
      await page.getByTestId('go-live').click();
      await page.getByTestId('source-screen').click();
      await page.getByTestId('choose-screen').click();
      await page.getByText('Second screen').waitFor();
    },
  },
];
