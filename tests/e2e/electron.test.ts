import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { startAppProcess } from '../support/app-process.ts';
import { readFrameNumber, watchFor } from '../support/browser.ts';
import { callIs, expectTalking, seesOther, withoutEchoCancellation } from '../support/call-page.ts';
import { canRunElectron, useElectron } from '../support/electron-app.ts';
import { waitFor } from '../support/wait.ts';
import { useWindows } from '../support/windows.ts';

if (!canRunElectron) {
  process.stderr.write('SKIPPED: the journeys in Electron: no Electron runtime or no display\n');
}

const windows = useWindows({ enabled: canRunElectron });
const startElectron = useElectron();

function isLive(page: Page): Promise<void> {
  const live = page.locator('[data-testid="watch-state"][data-state="live"]');
  return live.waitFor({ state: 'attached', timeout: 30_000 });
}

/** Frames and sound come, and the frame numbers go up. */
async function expectMoving(page: Page, durationMs: number): Promise<void> {
  await waitFor('a first frame', async () => (await readFrameNumber(page)) !== null, 20_000);
  const { frames, loudest } = await watchFor(page, durationMs);
  expect(new Set(frames).size).toBeGreaterThan((durationMs / 1_000) * 2);
  expect(frames.at(-1) ?? 0).toBeGreaterThan(frames[0] ?? 0);
  expect(loudest).toBeGreaterThan(0.001);
}

describe.skipIf(!canRunElectron)('in Electron', () => {
  it('goes live in its window; a friend watches in a browser', async () => {
    const { event, errors } = await startElectron({ args: ['--autostart', 'test'] });
    const { ticket } = await event('live');
    const page = await windows.open(await startAppProcess({ args: [ticket] }));
    await isLive(page);
    await expectMoving(page, 10_000);
    expect(errors).toEqual([]);
  }, 120_000);

  it('watches in its window what a friend shows from a browser', async () => {
    const friend = await startAppProcess({ args: ['--autostart', 'test'] });
    await windows.open(friend);
    const { ticket } = await friend.event('live');
    const { page, errors } = await startElectron({ args: [ticket] });
    await isLive(page);
    await expectMoving(page, 10_000);
    expect(errors).toEqual([]);
  }, 120_000);

  it('rings, is answered, talks with a friend in a browser, small and on top of all windows, and hangs up', async () => {
    const { app, page, event, events, errors } = await startElectron({
      args: ['--autostart', 'call'],
      cameraFile: windows.cameraFile,
    });
    const { ticket } = await event('live');
    await withoutEchoCancellation(page);
    const friends = await windows.open(await startAppProcess());
    await withoutEchoCancellation(friends);
    await friends.getByTestId('ticket-input').fill(ticket);
    await friends.getByTestId('watch-button').click();
    await page.locator('[data-testid=ringing][data-direction=in]').waitFor({ timeout: 30_000 });
    await waitFor('the title', async () => (await page.title()).includes('is calling'));
    await page.getByTestId('accept-video').click();
    await Promise.all([callIs(page, 'active'), callIs(friends, 'active')]);
    await Promise.all([seesOther(page), seesOther(friends)]);
    await Promise.all([expectTalking(page), expectTalking(friends)]);

    const own = () =>
      app.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows();
        return { ...window?.getBounds(), onTop: window?.isAlwaysOnTop() };
      });
    const before = await own();
    await page.getByTestId('call-compact').click();
    await expect.poll(own).toMatchObject({ width: 360, height: 250, onTop: true });
    // The picture goes on in it, and so does the one that is sent from it.
    await Promise.all([expectTalking(page), expectTalking(friends)]);
    await page.getByTestId('call-mute').click();
    await friends.getByTestId('remote-muted').waitFor();
    await page.getByTestId('hang-up').click();
    await Promise.all([callIs(page, 'ended'), callIs(friends, 'ended')]);
    await expect.poll(own).toEqual(before);
    expect(await friends.getByTestId('call-message').textContent()).toMatch(/hung up/);
    const last = () => events.filter((told) => told.event === 'call').at(-1);
    await expect.poll(last).toMatchObject({ state: 'ended', direction: 'in', reason: 'LocalClose' });
    expect(errors).toEqual([]);
  }, 150_000);
});
