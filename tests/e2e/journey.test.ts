import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { startAppProcess } from '../support/app-process.ts';
import { useAppWindows } from '../support/app-windows.ts';
import { readFrameNumber, watchFor } from '../support/browser.ts';
import { sleep, waitFor } from '../support/wait.ts';

const windows = useAppWindows();

async function goLive(page: Page, source: 'camera' | 'test'): Promise<string> {
  await page.getByTestId('go-live').click();
  await page.getByTestId(`source-${source}`).click();
  return startLive(page);
}

/** Goes live from the Go Live screen. Returns the broadcast's ticket. */
async function startLive(page: Page): Promise<string> {
  await page.getByTestId('start-live').click();
  const ticket = page.getByTestId('ticket');
  await ticket.waitFor({ timeout: 10_000 });
  return (await ticket.textContent())?.trim() ?? '';
}

async function watch(page: Page, ticket: string): Promise<void> {
  await page.getByTestId('ticket-input').fill(ticket);
  await page.getByTestId('watch-button').click();
}

function waitForState(page: Page, state: string, timeoutMs = 20_000): Promise<unknown> {
  return page.locator(`[data-testid="watch-state"][data-state="${state}"]`).waitFor({
    state: 'attached',
    timeout: timeoutMs,
  });
}

async function expectMoving(page: Page, durationMs: number, perSecond: number): Promise<void> {
  const { frames, loudest } = await watchFor(page, durationMs);
  expect(new Set(frames).size).toBeGreaterThan((durationMs / 1_000) * perSecond);
  expect(loudest).toBeGreaterThan(0.001);
}

describe('two apps', () => {
  it('one app goes live with camera and microphone; the other app watches through a stop and a restart', async () => {
    const [alice, bob] = [await startAppProcess(), await startAppProcess()];
    const [alices, bobs] = [await windows.open(alice), await windows.open(bob)];
    const ticket = await goLive(alices, 'camera');
    // The first broadcast gets a random name, so that other ticket holders cannot guess it.
    const { broadcastName, endpointId } = parseTicket(ticket);
    expect(broadcastName).toMatch(/^[a-z]+-[a-z]+-\d{6}$/);
    expect(endpointId).toBe(alice.ready.endpointId);
    expect(await alice.event('live')).toMatchObject({ event: 'live', name: broadcastName });

    await watch(bobs, ticket);
    await waitForState(bobs, 'live');
    await expectMoving(bobs, 10_000, 2);
    await bobs.keyboard.press('p');
    await waitFor('picture-in-picture', () =>
      bobs.evaluate(() => {
        const video = document.pictureInPictureElement;
        return video instanceof HTMLVideoElement && video.videoWidth > 0 && video.currentTime > 0.5;
      }),
    );
    await bobs.keyboard.press('p');
    await waitFor('one viewer', async () =>
      /1/.test((await alices.getByTestId('viewers').textContent()) ?? ''),
    );

    await alices.getByTestId('stop-live').click();
    const confirm = alices.getByTestId('confirm');
    if (await confirm.isVisible()) await confirm.click();
    await waitForState(bobs, 'ended');
    expect(await alice.event('ended')).toMatchObject({ event: 'ended', name: broadcastName });

    await goLive(alices, 'camera');
    await waitForState(bobs, 'live');
    await waitFor('a frame', () => readFrameNumber(bobs).then((frame) => frame !== null));
    await expectMoving(bobs, 3_000, 2);
    expect([...alice.noise, ...bob.noise]).toEqual([]);
  }, 120_000);

  it('the viewer resumes after the publisher is killed and restarted with the same data folder', async () => {
    const bind = `127.0.0.1:${21_000 + (process.pid % 10_000)}`;
    const alice = await startAppProcess({ bind });
    const bob = await startAppProcess();
    const ticket = await goLive(await windows.open(alice), 'test');
    const bobs = await windows.open(bob);
    await watch(bobs, ticket);
    await waitForState(bobs, 'live');
    await alice.program.stop('SIGKILL');

    const again = await startAppProcess({ dataDir: alice.dataDir, bind, args: ['--autostart', 'test'] });
    expect(again.ready.endpointId).toBe(alice.ready.endpointId);
    await windows.open(again);
    await again.event('live');
    await waitFor(
      'moving video',
      async () => {
        const { frames } = await watchFor(bobs, 1_000);
        return frames.length > 5;
      },
      45_000,
    );
  }, 150_000);

  it('a stopped app’s ticket is reported as offline within 10 s', async () => {
    const gone = await startAppProcess({ args: ['--autostart', 'test'] });
    await windows.open(gone);
    const { ticket } = await gone.event('live');
    await gone.program.stop();
    const bob = await startAppProcess();
    const bobs = await windows.open(bob);
    await watch(bobs, ticket);
    await waitForState(bobs, 'failed', 10_000);
    expect(await bobs.locator('main').textContent()).toMatch(/offline/i);
    expect(await bob.event('error')).toMatchObject({ event: 'error' });
  }, 90_000);

  it('a ticket on the command line plays after a click, and the broadcast survives a reload of the publisher’s window', async () => {
    const alice = await startAppProcess({ args: ['--autostart', 'test'] });
    const alices = await windows.open(alice);
    const { ticket } = await alice.event('live');
    const bob = await startAppProcess({ args: [ticket] });
    const bobs = await windows.open(bob);
    await bobs.getByTestId('confirm-ticket').click();
    await waitForState(bobs, 'live');
    await alices.reload();
    await alice.event('ended');
    await sleep(1_000);
    await waitForState(bobs, 'live');
    await expectMoving(bobs, 3_000, 2);
  }, 90_000);

  it('an invalid ticket produces an error message', async () => {
    const bob = await startAppProcess();
    const bobs = await windows.open(bob);
    await watch(bobs, 'iroh-live:%%%%/hello');
    expect(await bobs.locator('main').textContent()).toMatch(/ticket/i);
    expect(await bobs.getByTestId('watch-canvas').count()).toBe(0);
  }, 60_000);
});
