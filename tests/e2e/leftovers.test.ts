import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AppProcess, newDataDir, removeDataDirs, startAppProcess } from '../support/app-process.ts';
import { launchChromium } from '../support/browser.ts';
import { waitForCallState, waitForRemoteVideo } from '../support/call-page.ts';
import { writeCameraFile } from '../support/camera-file.ts';
import { type Census, type CensusProbe, makeCensusProbe } from '../support/census.ts';
import { stopPrograms } from '../support/processes.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { sleep } from '../support/wait.ts';
import { expectPlaying } from '../support/watch-page.ts';

/**
 * Tests that a journey leaves no session, stream, timer or listener behind. Each journey runs once before the
 * first census, because caches and lazily created objects are meant to stay.
 */
const REPEATS = 4;
/**
 * Tolerated number of additional objects: less than one per journey. Media that arrives during a census
 * changes the counts slightly.
 */
const SLACK = 3;
/**
 * Maximum time for which objects of closed sessions may remain, in milliseconds. Closing a session can take
 * up to 10 s.
 */
const SETTLE_MS = 40_000;
/** How long to wait before the first census, in milliseconds. Closing a session takes less time. */
const BASELINE_MS = 12_000;

let browser: Browser;
beforeAll(async () => {
  const cameraFile = join(newDataDir(), 'camera.y4m');
  writeCameraFile(cameraFile);
  browser = await launchChromium({ cameraFile });
}, 60_000);
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await stopPrograms();
});
afterAll(async () => {
  await browser?.close();
  removeDataDirs();
});

async function openPage(url: string): Promise<Page> {
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
  const page = await context.newPage();
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(url);
  return page;
}

/** The counts that have grown by more than `SLACK`, as text. */
function growthBetween(before: Census, after: Census): string[] {
  const counts = Object.keys(before).filter((key) => !key.endsWith('Bytes')) as (keyof Census)[];
  return counts
    .filter((key) => after[key] > before[key] + SLACK)
    .map((key) => `${key}: ${before[key]} → ${after[key]}`);
}

/** Runs the journey several times. Expects each process to have about as many objects afterward as before. */
async function expectNothingLeft(
  probes: Readonly<Record<string, CensusProbe>>,
  journey: () => Promise<void>,
): Promise<void> {
  await journey();
  await sleep(BASELINE_MS);
  const before = new Map<string, Census>();
  for (const [name, probe] of Object.entries(probes)) before.set(name, await probe.read());
  for (let i = 0; i < REPEATS; i += 1) await journey();
  for (const [name, probe] of Object.entries(probes)) {
    const baseline = before.get(name) as Census;
    const deadlineMs = performance.now() + SETTLE_MS;
    let growth = growthBetween(baseline, await probe.read());
    while (growth.length > 0 && performance.now() < deadlineMs) {
      await sleep(1_000);
      growth = growthBetween(baseline, await probe.read());
    }
    expect(growth, `objects left in the ${name}`).toEqual([]);
  }
}

/** Starts an app with a probe that counts the objects in its process. */
async function startCountedApp(...args: string[]): Promise<{ app: AppProcess; probe: CensusProbe }> {
  const probe = makeCensusProbe();
  return { app: await startAppProcess({ args, env: { ...probe.env } }), probe };
}

describe('nothing is left behind', () => {
  it('after viewers have watched over iroh and through a relay', async () => {
    const publisher = await startCountedApp('--autostart', 'test');
    await openPage(publisher.app.ready.url);
    const { ticket } = await publisher.app.event('live', 30_000);
    const viewer = await startCountedApp();
    const viewerPage = await openPage(viewer.app.ready.url);
    const relayProbe = makeCensusProbe();
    const relay = await startRelayProcess({
      options: ['--dev', '--allow-private-addresses', '--release-after', '1'],
      env: { ...relayProbe.env },
    });
    const pageUrl = new URL(relay.url);
    pageUrl.searchParams.set('name', ticket);
    await expectNothingLeft(
      { publisher: publisher.probe, viewer: viewer.probe, relay: relayProbe },
      async () => {
        const relayPage = await openPage(pageUrl.href);
        await expectPlaying(relayPage);
        await relayPage.context().close();
        await viewerPage.getByTestId('ticket-input').fill(ticket);
        await viewerPage.getByTestId('watch-button').click();
        await expectPlaying(viewerPage);
        await viewerPage.getByTestId('leave').click();
      },
    );
  }, 300_000);

  it('after calls', async () => {
    const callee = await startCountedApp('--autostart', 'call', '--auto-accept');
    const calleePage = await openPage(callee.app.ready.url);
    const { ticket } = await callee.app.event('live', 30_000);
    const caller = await startCountedApp();
    const callerPage = await openPage(caller.app.ready.url);
    await expectNothingLeft({ callee: callee.probe, caller: caller.probe }, async () => {
      await callerPage.getByTestId('call-start').click();
      await callerPage.getByTestId('call-input').fill(ticket);
      await callerPage.getByTestId('call-dial').click();
      await Promise.all([waitForRemoteVideo(callerPage), waitForRemoteVideo(calleePage)]);
      await callerPage.getByTestId('hang-up').click();
      await Promise.all([waitForCallState(callerPage, 'ended'), waitForCallState(calleePage, 'ended')]);
      await callerPage.getByTestId('call-close').click();
    });
  }, 300_000);
});
