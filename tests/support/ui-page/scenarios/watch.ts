import { goLive, play, setPlayer, setPull, watch } from '../actions.ts';
import { connection, LONG_NAME, now, OTHER_TICKET, recents, watched } from '../samples.ts';
import type { Scenario } from '../scenario.ts';

/** The states of the Watch screen. */
export const watchScenarios: readonly Scenario[] = [
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
        connections: [connection({ use: 'pull', subject: OTHER_TICKET })],
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
      state: { recents, connections: [connection({ use: 'pull', subject: OTHER_TICKET })] },
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
    name: 'watch-without-sound',
    start: { state: { recents } },
    reach: async (page) => {
      await watch(page);
      await play(page);
      await setPlayer(page, { hasAudio: false });
      await page.getByTestId('sound-note').waitFor();
    },
  },
  {
    name: 'watch-disconnected',
    start: { state: { recents, broadcasts: [watched] } },
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
