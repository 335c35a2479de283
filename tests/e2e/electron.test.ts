import type { ElectronApplication, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { startAppProcess } from '../support/app-process.ts';
import { useAppWindows } from '../support/app-windows.ts';
import { readFrameNumber, watchFor } from '../support/browser.ts';
import {
  disableEchoCancellation,
  expectVideoAndAudio,
  waitForCallState,
  waitForRemoteVideo,
} from '../support/call-page.ts';
import { canRunElectron, useElectron } from '../support/electron-app.ts';
import { waitFor } from '../support/wait.ts';

if (!canRunElectron) {
  process.stderr.write('SKIPPED: journeys in Electron: no Electron runtime or no display\n');
}

const windows = useAppWindows({ enabled: canRunElectron });
const startElectron = useElectron();

function waitUntilLive(page: Page): Promise<void> {
  const live = page.locator('[data-testid="watch-state"][data-state="live"]');
  return live.waitFor({ state: 'attached', timeout: 30_000 });
}

/** Expects video and audio to arrive for this long, with increasing frame numbers. */
async function expectStream(page: Page, durationMs: number): Promise<void> {
  await waitFor('a first frame', async () => (await readFrameNumber(page)) !== null, 20_000);
  const { frames, loudest } = await watchFor(page, durationMs);
  expect(new Set(frames).size).toBeGreaterThan((durationMs / 1_000) * 2);
  expect(frames.at(-1) ?? 0).toBeGreaterThan(frames[0] ?? 0);
  expect(loudest).toBeGreaterThan(0.001);
}

/** Whether the app keeps the computer awake. Tries several blocker ids, because Electron numbers blockers from 0 or 1. */
function blocksSleep(app: ElectronApplication): Promise<boolean> {
  return app.evaluate(({ powerSaveBlocker }) =>
    [0, 1, 2, 3, 4, 5].some((id) => powerSaveBlocker.isStarted(id)),
  );
}

describe.skipIf(!canRunElectron)('the app in Electron', () => {
  it('keeps the computer awake while it is live, and allows its window to keep the screen on', async () => {
    const { app, page, event, errors } = await startElectron({ args: [] });
    await event('ready');
    expect(await blocksSleep(app)).toBe(false);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-test').click();
    await page.getByTestId('start-live').click();
    await event('live');
    await expect.poll(() => blocksSleep(app)).toBe(true);
    await page.getByTestId('stop-live').click();
    await expect.poll(() => blocksSleep(app)).toBe(false);
    const granted = await page.evaluate(async () => {
      const lock = await navigator.wakeLock.request('screen');
      await lock.release();
      return lock.released;
    });
    expect(granted).toBe(true);
    expect(errors).toEqual([]);
  }, 60_000);

  it('refers to the system’s settings, not to a browser’s, if the camera is refused', async () => {
    const { page, event } = await startElectron({ args: [] });
    await event('ready');
    // Chromium’s fake devices cannot be refused, so only this call is fake. The user agent in the text is Electron’s.
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('Permission denied', 'NotAllowedError');
      };
    });
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-camera').click();
    await page.getByText('Allow it in the system’s privacy settings').first().waitFor();
    expect(await page.locator('body').textContent()).not.toMatch(/this site|address bar|this tab/i);
  }, 60_000);

  it('publishes a live stream that an app in a browser plays', async () => {
    const { event, errors } = await startElectron({ args: ['--autostart', 'test'] });
    const { ticket } = await event('live');
    const page = await windows.open(await startAppProcess({ args: [ticket] }));
    await page.getByTestId('confirm-ticket').click();
    await waitUntilLive(page);
    await expectStream(page, 10_000);
    expect(errors).toEqual([]);
  }, 120_000);

  it('plays a live stream from an app in a browser', async () => {
    const friend = await startAppProcess({ args: ['--autostart', 'test'] });
    await windows.open(friend);
    const { ticket } = await friend.event('live');
    const { page, errors } = await startElectron({ args: [ticket] });
    await page.getByTestId('confirm-ticket').click();
    await waitUntilLive(page);
    await expectStream(page, 10_000);
    expect(errors).toEqual([]);
  }, 120_000);

  it('accepts a call from a browser, continues it in a small always-on-top window, and hangs up', async () => {
    const { app, page, event, events, errors } = await startElectron({
      args: ['--autostart', 'call'],
      cameraFile: windows.cameraFile,
    });
    const { ticket } = await event('live');
    await disableEchoCancellation(page);
    const callerPage = await windows.open(await startAppProcess());
    await disableEchoCancellation(callerPage);
    await callerPage.getByTestId('ticket-input').fill(ticket);
    await callerPage.getByTestId('watch-button').click();
    await page.locator('[data-testid=ringing][data-direction=in]').waitFor({ timeout: 30_000 });
    await waitFor('a title with the call', async () => (await page.title()).includes('is calling'));
    await page.getByTestId('accept-video').click();
    await Promise.all([waitForCallState(page, 'active'), waitForCallState(callerPage, 'active')]);
    await Promise.all([waitForRemoteVideo(page), waitForRemoteVideo(callerPage)]);
    await Promise.all([expectVideoAndAudio(page), expectVideoAndAudio(callerPage)]);
    expect(await blocksSleep(app)).toBe(true);

    const windowState = () =>
      app.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows();
        return { ...window?.getBounds(), onTop: window?.isAlwaysOnTop() };
      });
    const before = await windowState();
    await page.getByTestId('call-compact').click();
    await expect.poll(windowState).toMatchObject({ width: 360, height: 250, onTop: true });
    // The small window continues to play and publish.
    await Promise.all([expectVideoAndAudio(page), expectVideoAndAudio(callerPage)]);
    await page.getByTestId('call-mute').click();
    await callerPage.getByTestId('remote-muted').waitFor();
    await page.getByTestId('hang-up').click();
    await Promise.all([waitForCallState(page, 'ended'), waitForCallState(callerPage, 'ended')]);
    await expect.poll(windowState).toEqual(before);
    expect(await blocksSleep(app)).toBe(false);
    expect(await callerPage.getByTestId('call-message').textContent()).toMatch(/hung up/);
    const lastCall = () => events.filter(({ event }) => event === 'call').at(-1);
    await expect.poll(lastCall).toMatchObject({ state: 'ended', direction: 'in', reason: 'LocalClose' });
    expect(errors).toEqual([]);
  }, 150_000);
});
