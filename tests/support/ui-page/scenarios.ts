import type { Page } from 'playwright-core';
import {
  type AppInfo,
  type AppState,
  type BroadcastState,
  type CallRecord,
  type CallState,
  type ConnectionState,
  type PullState,
  type Recent,
  settingsSchema,
} from '../../../common/bridge/bridge.ts';
import type { PlayerState } from '../../../renderer/media/shared/types.ts';
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
  /** As in Electron's window. */
  electron?: boolean;
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

export const broadcast: BroadcastState = {
  name: 'hello',
  ticket: TICKET,
  viewers: 0,
  uploadBps: 0,
  push: null,
  renditions: [],
};
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
        video: next.device === 'camera' ? 'failed' : 'on',
        ...(next.device === 'camera' ? { preview: null } : { audio: 'failed' as const }),
      }),
    {
      device,
      fault,
      message,
    },
  );
}

const PEER = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';

const lastCall: CallRecord = {
  id: 'h1',
  peer: PEER,
  remoteName: 'Maya',
  direction: 'in',
  startedAtMs: now - 12 * 60_000,
  durationMs: 754_000,
  outcome: 'done',
  ticket: null,
};
const stranger = { peer: 'b'.repeat(64), remoteName: LONG_NAME, durationMs: 0 };
export const history: CallRecord[] = [
  lastCall,
  { ...lastCall, ...stranger, id: 'h2', startedAtMs: now - 3 * 3_600_000, outcome: 'missed' },
  {
    ...lastCall,
    id: 'h3',
    direction: 'out',
    startedAtMs: now - 30 * 3_600_000,
    durationMs: 0,
    outcome: 'noAnswer',
  },
];

/** A link to a peer, direct and quick unless said otherwise. */
export function link(patch: Partial<ConnectionState>): ConnectionState {
  return {
    peer: PEER,
    use: 'call',
    subject: 'call-1',
    paths: [
      { kind: 'direct', address: '192.0.2.7:4433', rttMs: 12.4, selected: true },
      { kind: 'relayed', address: 'https://relay.example./', rttMs: 48, selected: false },
    ],
    signals: { rttMs: 12.4, lossRate: 0, availableBps: 8_400_000, congestionEvents: 2 },
    stats: {
      rttMs: 12.4,
      kind: 'direct',
      address: '192.0.2.7:4433',
      lossPercent: 0.2,
      upMbps: 2.1,
      downMbps: 2.4,
      paths: 2,
    },
    downlink: { atMs: 1_000, connection: 1, senderEstimateBps: 9_100_000, goodputBps: 2_400_000 },
    ...patch,
  };
}

const relayed = link({
  paths: [{ kind: 'relayed', address: 'https://euw1-1.relay.example.com./', rttMs: 168, selected: true }],
  stats: {
    rttMs: 168,
    kind: 'relayed',
    address: 'https://euw1-1.relay.example.com./',
    lossPercent: 5.4,
    upMbps: 0.8,
    downMbps: 0.6,
    paths: 1,
  },
});

export const MAYA = { name: 'Maya', muted: false, pictureOff: false, sharing: false };

export async function setCall(page: Page, patch: Partial<CallState>): Promise<void> {
  await page.evaluate((next) => window.harness.bridge.setCall({ id: 'call-1', ...next }), patch);
}

/** Callers who wait while a call goes on. */
export async function setWaiting(
  page: Page,
  callers: (Partial<CallState> & { id: string })[],
): Promise<void> {
  await page.evaluate((next) => window.harness.bridge.setWaiting(next), callers);
}

/** A call that is up, with pictures. */
export async function talk(page: Page, patch: Partial<CallState> = {}): Promise<void> {
  await page.getByTestId('go-live').waitFor();
  await setCall(page, {
    state: 'active',
    direction: 'out',
    remote: MAYA,
    hasMedia: true,
    activeAtMs: Date.now() - 194_000,
    ...patch,
  });
  await page.getByTestId('call').waitFor();
  await page.evaluate(() => window.harness.media.players.at(-1)?.play());
  await page.locator('[data-testid=call-own] video:visible').waitFor();
}

const withBroadcast = { state: { broadcasts: [broadcast] } };
const twoWatch = {
  ...broadcast,
  viewers: 3,
  uploadBps: 4_720_000,
  renditions: [
    { name: 'audio/opus', viewers: 3 },
    { name: 'video/h264-180p', viewers: 1 },
    { name: 'video/h264-720p', viewers: 2 },
  ],
};
const encoding = [
  {
    name: 'video/h264-720p',
    codec: 'avc1.42e01f',
    width: 1280,
    height: 720,
    framesPerSecond: 30,
    bps: 2_360_000,
    encodeMs: 6,
  },
  {
    name: 'video/h264-180p',
    codec: 'avc1.42e00d',
    width: 320,
    height: 180,
    framesPerSecond: 29.7,
    bps: 236_000,
    encodeMs: 2,
  },
];
const note =
  'This computer is too slow to encode 1080p, so viewers get at most 720p. The upload limit allows at most 720p.';

export const scenarios: readonly Scenario[] = [
  {
    name: 'home-calls',
    start: { state: { callHistory: history, recents: recents.slice(0, 2) } },
    reach: async (page) => void (await page.getByTestId('history').waitFor()),
  },
  {
    name: 'call-start',
    start: { info: { autostart: 'call' } },
    reach: async (page) => void (await page.getByTestId('call-ticket').waitFor()),
  },
  {
    name: 'call-incoming',
    start: { state: { recents } },
    reach: async (page) => {
      await page.getByTestId('go-live').waitFor();
      await setCall(page, { remote: MAYA });
      await page.getByTestId('ringing').waitFor();
    },
  },
  {
    name: 'call-incoming-small',
    reach: async (page) => {
      await page.setViewportSize({ width: 360, height: 300 });
      await page.getByTestId('go-live').waitFor();
      await setCall(page, {});
      await page.getByTestId('block').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'call-off-small',
    start: { state: { connections: [link({})] } },
    reach: async (page) => {
      await talk(page, { remote: { ...MAYA, pictureOff: true } });
      await page.setViewportSize({ width: 360, height: 480 });
    },
  },
  {
    name: 'call-watch-ticket',
    start: { info: { autostart: 'call' } },
    reach: async (page) => {
      await page.getByTestId('call-input').fill(OTHER_TICKET);
      await page.getByText('Watch it').waitFor();
    },
  },
  {
    name: 'call-outgoing',
    reach: async (page) => {
      await page.getByTestId('go-live').waitFor();
      await setCall(page, { direction: 'out', contactName: 'Maya' });
      await page.getByTestId('call-cancel').waitFor();
    },
  },
  { name: 'call', start: { state: { connections: [link({})] } }, reach: (page) => talk(page) },
  {
    name: 'call-details',
    start: { state: { connections: [relayed] } },
    reach: async (page) => {
      await talk(page, { remote: { ...MAYA, name: LONG_NAME, muted: true } });
      await page.getByTestId('connection-badge').click();
      await page.evaluate((next) => window.harness.media.callPublisher.change(next), { encoding, note });
      await page.waitForTimeout(2_200);
    },
  },
  {
    name: 'call-waiting',
    start: { state: { connections: [link({})] } },
    reach: async (page) => {
      await talk(page, { contactName: 'Maya' });
      await setWaiting(page, [{ id: 'call-2', remote: { ...MAYA, name: 'Jonas' } }, { id: 'call-3' }]);
      await page.getByTestId('waiting-answer').waitFor();
    },
  },
  {
    name: 'call-compact-waiting',
    start: { electron: true, state: { connections: [link({})] } },
    reach: async (page) => {
      await page.setViewportSize({ width: 360, height: 250 });
      await talk(page);
      await page.evaluate(() => window.harness.app.compactWindow.enter());
      await setWaiting(page, [{ id: 'call-2', remote: { ...MAYA, name: LONG_NAME } }]);
      await page.getByTestId('waiting-answer').waitFor();
    },
  },
  {
    name: 'call-camera-off',
    start: { state: { connections: [link({})] } },
    reach: async (page) => {
      await talk(page, { remote: { ...MAYA, pictureOff: true, muted: true } });
      await page.getByTestId('call-mute').click();
    },
  },
  {
    name: 'call-reconnecting',
    reach: async (page) => {
      await talk(page, { contactName: 'Maya' });
      await page.evaluate(() =>
        window.harness.media.callPublisher.change({
          problem: { device: 'camera', fault: 'unplugged', message: 'Plug it in again.' },
          video: 'failed',
          preview: null,
        }),
      );
      await setCall(page, { state: 'reconnecting' });
    },
  },
  {
    name: 'call-elsewhere',
    start: { state: { connections: [link({})] } },
    reach: async (page) => {
      await talk(page);
      await page.evaluate(() => window.harness.bridge.change({ callWindow: 'another' }));
      await page.getByTestId('use-here').waitFor();
    },
  },
  {
    name: 'call-app-gone',
    start: { state: { connections: [link({})] } },
    reach: async (page) => {
      await talk(page);
      await page.evaluate(() => {
        window.harness.bridge.connected.set(false);
        window.harness.bridge.loss.set('absent');
      });
      await page.getByText('The app is not running').waitFor();
    },
  },
  {
    name: 'call-ended',
    start: { state: { callHistory: [{ ...lastCall, id: 'call-1' }] } },
    reach: async (page) => {
      await talk(page);
      await setCall(page, { state: 'ended', message: 'Maya hung up.', reason: 'RemoteClose' });
      await page.getByTestId('call-again').waitFor();
    },
  },
  {
    name: 'call-ended-naming',
    reach: async (page) => {
      await talk(page);
      await setCall(page, { state: 'ended', message: 'Maya hung up.', reason: 'RemoteClose' });
      await page.getByTestId('name-caller').click();
      await page.getByTestId('contact-name').waitFor();
    },
  },
  {
    name: 'call-compact',
    start: { electron: true, state: { connections: [link({})] } },
    reach: async (page) => {
      await talk(page);
      await page.getByTestId('call-compact').click();
      await page.getByTestId('call-large').waitFor();
    },
  },
  {
    name: 'call-contact',
    start: {
      state: {
        contacts: [
          { peer: PEER, name: 'Maya', access: 'auto' },
          { peer: 'b'.repeat(64), name: LONG_NAME, access: 'blocked' },
        ],
      },
    },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByRole('button', { name: 'Edit Maya' }).click();
      await page.getByTestId('contact-name').waitFor();
    },
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
    start: { state: { recents, broadcasts: [twoWatch] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByRole('button', { name: 'Back to home' }).click();
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
    name: 'settings-sending',
    start: { info: { maxResolution: '360p' }, state: { settings: settings({ uploadLimitBps: 2_500_000 }) } },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByTestId('upload-limit').fill('much');
      await page.locator('.field-error').waitFor();
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
    start: { state: { broadcasts: [twoWatch], settings: settings({ uploadLimitBps: 6_000_000 }) } },
    reach: async (page) => {
      await goLive(page);
      await page.evaluate((next) => window.harness.media.publisher.change(next), { encoding, note });
    },
  },
  {
    name: 'live-relay',
    start: {
      state: {
        settings: settingsSchema.parse({
          shareRelay: 'https://relay.example:4443',
          pushTo: 'https://other.example/room',
          pushing: true,
        }),
        broadcasts: [
          {
            ...twoWatch,
            push: {
              state: 'failed',
              message: 'The relay does not answer. The app keeps trying.',
              watch: null,
            },
          },
        ],
      },
    },
    reach: goLive,
  },
  {
    name: 'settings-relay',
    start: {
      state: {
        settings: settingsSchema.parse({ shareRelay: 'https://relay.example:4443', pushTo: 'relay.example' }),
      },
    },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByTestId('push-token').scrollIntoViewIfNeeded();
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
  {
    name: 'live-viewers',
    start: {
      state: {
        broadcasts: [twoWatch],
        connections: [
          link({ use: 'viewer', subject: 'hello' }),
          { ...relayed, peer: 'c'.repeat(64), use: 'viewer', subject: 'hello' },
        ],
        contacts: [{ peer: PEER, name: 'Maya', access: 'ask' }],
      },
    },
    reach: async (page) => {
      await goLive(page);
      await page.getByTestId('connection-badge').first().waitFor();
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
    start: {
      state: {
        recents: [{ ticket: OTHER_TICKET, label: LONG_NAME, lastWatchedAtMs: now }],
        connections: [link({ use: 'pull', subject: OTHER_TICKET })],
      },
    },
    reach: async (page) => {
      await watch(page);
      await play(page);
      await setPlayer(page, { audioBlocked: true });
      await page.getByTestId('stats-toggle').click();
    },
  },
  {
    name: 'watch-quality',
    start: {
      info: { rendition: 'video/h264-1080p', maxResolution: '720p', latencyMs: 250 },
      state: { recents, connections: [link({ use: 'pull', subject: OTHER_TICKET })] },
    },
    reach: async (page) => {
      await watch(page);
      await play(page);
      await page.getByTestId('stats-toggle').click();
      await page.getByTestId('quality-changes').scrollIntoViewIfNeeded();
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
      await setPlayer(page, { videoOff: true });
    },
  },
  {
    name: 'watch-disconnected',
    start: { state: { recents, broadcasts: [twoWatch] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByRole('button', { name: 'Back to home' }).click();
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
  return { ...settingsSchema.parse({}), ...patch };
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
