import { goLive, setProblem } from '../actions.ts';
import {
  connection,
  encoding,
  LONG_NAME,
  longTicket,
  note,
  PEER,
  relayed,
  watched,
  withBroadcast,
} from '../samples.ts';
import { type Scenario, settings } from '../scenario.ts';

/** The states of the Live screen. */
export const liveScenarios: readonly Scenario[] = [
  {
    name: 'live-nobody',
    start: withBroadcast,
    reach: (page) => goLive(page, 'test'),
  },
  {
    name: 'live',
    start: { state: { broadcasts: [watched], settings: settings({ uploadLimitBps: 6_000_000 }) } },
    reach: async (page) => {
      await goLive(page);
      await page.evaluate((next) => window.harness.media.publisher.change(next), { encoding, note });
    },
  },
  {
    name: 'live-relay',
    start: {
      state: {
        settings: settings({
          shareRelay: 'https://relay.example:4443',
          pushTo: 'https://other.example/room',
          pushing: true,
        }),
        broadcasts: [
          {
            ...watched,
            push: {
              state: 'failed',
              message: 'The relay is not responding. The app will keep trying.',
              watch: null,
            },
          },
        ],
      },
    },
    reach: goLive,
  },
  {
    name: 'live-long',
    start: {
      state: {
        broadcasts: [{ ...watched, name: LONG_NAME, ticket: longTicket }],
        settings: settings({ broadcastName: LONG_NAME }),
      },
    },
    reach: async (page) => {
      await goLive(page);
      await setProblem(
        page,
        'microphone',
        'busy',
        'Another app is using the microphone. Close it and try again.',
      );
      await page.getByTestId('step-no-sound').waitFor();
    },
  },
  {
    name: 'live-no-ticket',
    reach: async (page) => {
      await goLive(page);
      await page.getByTestId('picture-off').click();
      await page.getByTestId('mute').click();
    },
  },
  {
    name: 'live-qr',
    start: { state: { broadcasts: [watched] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByTestId('qr').click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'live-change',
    start: { state: { broadcasts: [watched] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByTestId('switch-source').click();
      await page.getByRole('dialog').getByTestId('source-test').click();
      await page.locator('[data-testid=source-preview][data-state=open]').waitFor();
    },
  },
  {
    name: 'live-stop',
    start: { state: { broadcasts: [watched] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByTestId('stop-live').click();
      await page.getByTestId('confirm').waitFor();
    },
  },
  {
    name: 'live-viewers',
    start: {
      state: {
        broadcasts: [watched],
        connections: [
          connection({ use: 'viewer', subject: 'hello' }),
          { ...relayed, peer: 'c'.repeat(64), use: 'viewer', subject: 'hello' },
          connection({ peer: 'd'.repeat(64), use: 'viewer', subject: 'hello' }),
        ],
        contacts: [
          { peer: PEER, name: 'Maya', access: 'ask' },
          { peer: 'd'.repeat(64), name: '', access: 'ask' },
        ],
      },
    },
    reach: async (page) => {
      await goLive(page);
      await page.getByTestId('connection-badge').first().waitFor();
    },
  },
];
