import type { Page } from 'playwright-core';
import type { AppInfo, AppState, BroadcastState, PullState, Recent } from '../../../common/bridge.ts';
import type { PlayerState } from '../../../renderer/media/types.ts';
import type {} from './page.tsx';

/** A ticket with a relay and two addresses, from a key made up for this. */
export const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';
export const OTHER_TICKET = 'iroh-live:gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5QBAQDAqAEU0SI/my-stream';
export const LONG_NAME = `Grandmother’s ${'very '.repeat(30)}long birthday party at the lake`
  .slice(0, 200)
  .padEnd(200, 'x');

export interface Start {
  info?: Partial<AppInfo>;
  state?: Partial<AppState>;
}

/** A screen of the window in one state: how it begins, and what is done to get there. */
export interface Scenario {
  name: string;
  start?: Start;
  reach(page: Page): Promise<void>;
}

const now = Date.now();
export const recents: Recent[] = [
  { ticket: OTHER_TICKET, label: 'Maya’s studio', lastWatchedAtMs: now - 4 * 60_000 },
  { ticket: TICKET, label: 'hello', lastWatchedAtMs: now - 26 * 3_600_000 },
  { ticket: `${TICKET}-2`, label: LONG_NAME, lastWatchedAtMs: now - 40 * 86_400_000 },
];

export const broadcast: BroadcastState = { name: 'hello', ticket: TICKET, viewers: 0, uploadBps: 0 };
export const longTicket = `iroh-live:${'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA'.repeat(8)}/${LONG_NAME}`;

const pull: PullState = {
  ticket: OTHER_TICKET,
  state: 'connecting',
  failure: null,
  retryAtMs: null,
  downloadBps: 0,
};

export async function setPull(page: Page, patch: Partial<PullState>): Promise<void> {
  await page.evaluate((next) => window.harness.bridge.change({ pulls: [next] }), { ...pull, ...patch });
}

export async function setPlayer(page: Page, patch: Partial<PlayerState>): Promise<void> {
  await page.evaluate((next) => window.harness.media.players.at(-1)?.change(next), patch);
}

export async function play(page: Page): Promise<void> {
  await setPull(page, { state: 'live', downloadBps: 2_430_000 });
  await page.evaluate(() => window.harness.media.players.at(-1)?.play());
}

async function goLive(page: Page, source = 'camera'): Promise<void> {
  await page.getByTestId('go-live').click();
  await page.getByTestId(`source-${source}`).click();
  await page.getByTestId('start-live').click();
  await page.getByTestId('stop-live').waitFor();
}

async function watch(page: Page): Promise<void> {
  await page.getByTestId('ticket-input').fill(OTHER_TICKET);
  await page.getByTestId('watch-button').click();
  await page.getByTestId('watch-state').waitFor({ state: 'attached' });
}

async function problem(
  page: Page,
  device: 'camera' | 'microphone',
  fault: 'denied' | 'busy',
  message: string,
): Promise<void> {
  await page.evaluate(
    (next) =>
      window.harness.media.publisher.change({
        problem: next,
        picture: next.device === 'camera' ? 'failed' : 'on',
        ...(next.device === 'camera' ? { preview: null } : { sound: 'failed' as const }),
      }),
    {
      device,
      fault,
      message,
    },
  );
}

const withBroadcast = { state: { broadcasts: [broadcast] } };
const twoWatch = { ...broadcast, viewers: 2, uploadBps: 4_720_000 };
const encoding = [{ codec: 'avc1.42e01f', width: 1280, height: 720, framesPerSecond: 30, bps: 2_360_000 }];

export const scenarios: readonly Scenario[] = [
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
    start: { state: { recents, broadcasts: [twoWatch] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByRole('button', { name: 'Back to the start' }).click();
      await page.getByRole('button', { name: 'Remove hello' }).click();
      await page.getByText('was removed').waitFor();
    },
  },
  {
    name: 'settings',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
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
      await problem(
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
  {
    name: 'live-nobody',
    start: withBroadcast,
    reach: (page) => goLive(page, 'test'),
  },
  {
    name: 'live',
    start: { state: { broadcasts: [twoWatch] } },
    reach: async (page) => {
      await goLive(page);
      await page.evaluate((next) => window.harness.media.publisher.change({ encoding: next }), encoding);
    },
  },
  {
    name: 'live-long',
    start: {
      state: {
        broadcasts: [{ ...twoWatch, name: LONG_NAME, ticket: longTicket }],
        settings: settings({ broadcastName: LONG_NAME }),
      },
    },
    reach: async (page) => {
      await goLive(page);
      await problem(
        page,
        'microphone',
        'busy',
        'Another program holds the microphone. Close it and try again.',
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
    start: { state: { broadcasts: [twoWatch] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByTestId('qr').click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'live-change',
    start: { state: { broadcasts: [twoWatch] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByTestId('switch-source').click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'live-stop',
    start: { state: { broadcasts: [twoWatch] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByTestId('stop-live').click();
      await page.getByTestId('confirm').waitFor();
    },
  },
  { name: 'watch-connecting', start: { state: { recents } }, reach: watch },
  {
    name: 'watch-waiting',
    start: { state: { recents } },
    reach: async (page) => {
      await watch(page);
      await setPull(page, { state: 'waiting' });
    },
  },
  {
    name: 'watch',
    start: { state: { recents } },
    reach: async (page) => {
      await watch(page);
      await play(page);
    },
  },
  {
    name: 'watch-stats',
    start: { state: { recents: [{ ticket: OTHER_TICKET, label: LONG_NAME, lastWatchedAtMs: now }] } },
    reach: async (page) => {
      await watch(page);
      await play(page);
      await setPlayer(page, { soundBlocked: true });
      await page.getByTestId('stats-toggle').click();
    },
  },
  {
    name: 'watch-ended',
    start: { state: { recents } },
    reach: async (page) => {
      await watch(page);
      await play(page);
      await setPlayer(page, { phase: 'offline', hasVideo: false, hasAudio: false });
      await setPull(page, { state: 'ended' });
    },
  },
  {
    name: 'watch-failed',
    start: { state: { recents } },
    reach: async (page) => {
      await watch(page);
      await setPull(page, {
        state: 'failed',
        failure: 'offline',
        retryAtMs: Date.now() + 8000,
      });
      await page.getByTestId('try-now').waitFor();
    },
  },
  {
    name: 'watch-picture-off',
    start: { state: { recents } },
    reach: async (page) => {
      await watch(page);
      await play(page);
      await setPlayer(page, { pictureOff: true });
    },
  },
  {
    name: 'watch-disconnected',
    start: { state: { recents, broadcasts: [twoWatch] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByRole('button', { name: 'Back to the start' }).click();
      await watch(page);
      await play(page);
      await page.evaluate(() => window.harness.bridge.connected.set(false));
    },
  },
  {
    name: 'watch-help',
    start: { state: { recents } },
    reach: async (page) => {
      await watch(page);
      await play(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
];

function settings(patch: Partial<AppState['settings']>): AppState['settings'] {
  return {
    broadcastName: 'hello',
    source: 'camera',
    cameraId: null,
    microphoneId: null,
    sound: true,
    volume: 1,
    muted: false,
    latency: 'real-time',
    theme: 'system',
    ...patch,
  };
}

/** Opens the harness page and reaches a scenario's screen. */
export async function open(page: Page, url: string, scenario: Scenario): Promise<void> {
  await page.addInitScript((start) => {
    window.harnessStart = start;
  }, scenario.start ?? {});
  await page.goto(url);
  await page.waitForFunction(() => 'harness' in window);
  await scenario.reach(page);
}
