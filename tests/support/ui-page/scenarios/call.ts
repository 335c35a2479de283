import { goLive, setCall, setWaiting, talk } from '../actions.ts';
import {
  connection,
  encoding,
  HOSTILE_NAMES,
  history,
  LONG_NAME,
  lastCall,
  MAYA,
  note,
  OTHER_TICKET,
  PEER,
  recents,
  relayed,
  strangerCall,
  withBroadcast,
} from '../samples.ts';
import type { Scenario } from '../scenario.ts';

/** One scenario for each state of a call. */
export const callScenarios: readonly Scenario[] = [
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
    name: 'call-incoming-lookalike',
    start: { state: { recents, contacts: [{ peer: 'c'.repeat(64), name: 'Mum', access: 'ask' }] } },
    reach: async (page) => {
      await page.getByTestId('go-live').waitFor();
      await setCall(page, { remote: { ...MAYA, name: 'М\u3164um' }, resembles: 'Mum' });
      await page.getByTestId('lookalike').waitFor();
    },
  },
  {
    name: 'call-strangers',
    start: {
      info: { autostart: 'call' },
      state: {
        contacts: [{ peer: PEER, name: 'Maya', access: 'ask' }],
        callHistory: [lastCall, ...HOSTILE_NAMES.map(strangerCall)],
      },
    },
    reach: async (page) => {
      await page.getByRole('button', { name: /Show all/ }).click();
      await page.getByTestId('history').scrollIntoViewIfNeeded();
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
    start: { state: { connections: [connection({})] } },
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
  {
    name: 'call-outgoing-unnamed',
    reach: async (page) => {
      await page.getByTestId('go-live').waitFor();
      await setCall(page, { direction: 'out' });
      await page.getByTestId('call-cancel').waitFor();
    },
  },
  {
    name: 'call-incoming-live',
    start: withBroadcast,
    reach: async (page) => {
      await goLive(page);
      await setCall(page, { remote: MAYA });
      await page.getByTestId('mute-broadcast').waitFor();
    },
  },
  {
    name: 'call-live',
    start: { state: { ...withBroadcast.state, connections: [connection({})] } },
    reach: async (page) => {
      await goLive(page);
      await page.getByRole('button', { name: 'Back to home' }).click();
      await talk(page);
      await page.getByTestId('mute-broadcast').waitFor();
    },
  },
  {
    name: 'call-blocked',
    start: { state: { callHistory: history } },
    reach: async (page) => {
      await page.getByTestId('go-live').waitFor();
      await setCall(page, { remote: MAYA });
      await page.getByTestId('block').click();
      await page.getByText('Maya (8a88e3dd74) is blocked.').waitFor();
    },
  },
  { name: 'call', start: { state: { connections: [connection({})] } }, reach: (page) => talk(page) },
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
    start: { state: { connections: [connection({})] } },
    reach: async (page) => {
      await talk(page, { contactName: 'Maya' });
      await setWaiting(page, [{ id: 'call-2', remote: { ...MAYA, name: 'Jonas' } }, { id: 'call-3' }]);
      await page.getByTestId('waiting-answer').waitFor();
    },
  },
  {
    name: 'call-waiting-lookalike',
    start: { state: { connections: [connection({})] } },
    reach: async (page) => {
      await talk(page, { contactName: 'Maya' });
      await setWaiting(page, [{ id: 'call-2', remote: { ...MAYA, name: 'Jonas' }, resembles: 'Jonas' }]);
      await page.getByTestId('waiting-answer').waitFor();
    },
  },
  {
    name: 'call-bar-waiting',
    start: { state: { connections: [connection({})] } },
    reach: async (page) => {
      await talk(page, { contactName: 'Maya' });
      await setWaiting(page, [{ id: 'call-2', remote: { ...MAYA, name: 'Jonas' }, resembles: 'Jonas' }]);
      await page.getByTestId('leave').click();
      await page.getByTestId('call-show').waitFor();
    },
  },
  {
    name: 'call-compact-waiting',
    start: { electron: true, state: { connections: [connection({})] } },
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
    start: { state: { connections: [connection({})] } },
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
    start: { state: { connections: [connection({})] } },
    reach: async (page) => {
      await talk(page);
      await page.evaluate(() => window.harness.bridge.change({ callWindow: 'another' }));
      await page.getByTestId('use-here').waitFor();
    },
  },
  {
    name: 'call-app-gone',
    start: { state: { connections: [connection({})] } },
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
    start: { electron: true, state: { connections: [connection({})] } },
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
];
