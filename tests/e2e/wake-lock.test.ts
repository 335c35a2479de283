import type { Frame, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { embedCode } from '../../renderer/features/ticket/embed-code.ts';
import { watchLink } from '../../renderer/features/ticket/watch-link.ts';
import { startAppProcess } from '../support/app-process.ts';
import { useAppWindows } from '../support/app-windows.ts';
import { waitForCallState } from '../support/call-page.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { serveStatic } from '../support/static-site.ts';

/**
 * Tests when the pages keep the screen on. The wake locks are real, and a script in the page records them.
 */

interface Recorded {
  /** Number of requests so far. */
  requests: number;
  /** Locks that have been granted and not been released. */
  held: Set<WakeLockSentinel>;
  /** Whether to refuse requests, like a browser when the battery is low. */
  refuse: boolean;
}

/** Runs in the page. Records requests for wake locks, and their release. */
function recordWakeLocks(): void {
  const { wakeLock } = navigator as Partial<Navigator>;
  if (!wakeLock) return;
  const recorded: Recorded = { requests: 0, held: new Set(), refuse: false };
  Object.assign(window, { recorded });
  const request = wakeLock.request.bind(wakeLock);
  wakeLock.request = async (type) => {
    recorded.requests += 1;
    if (recorded.refuse) throw new DOMException('refused by the test', 'NotAllowedError');
    const lock = await request(type);
    recorded.held.add(lock);
    lock.addEventListener('release', () => recorded.held.delete(lock));
    return lock;
  };
}

const windows = useAppWindows({ init: recordWakeLocks });

/**
 * Opens a page that is allowed to keep the screen on. By default, the test's Chromium denies this permission.
 */
async function open(url: string): Promise<Page> {
  const page = await windows.openUrl('about:blank');
  await page.context().grantPermissions(['camera', 'microphone', 'screen-wake-lock']);
  await page.goto(url);
  return page;
}

/** Waits until the viewer that a page embeds is live. Returns its frame. */
async function embeddedFrame(page: Page): Promise<Frame> {
  const element = page.locator('iframe');
  const live = element.contentFrame().locator('[data-testid="watch-state"][data-state="live"]');
  await live.waitFor({ state: 'attached', timeout: 30_000 });
  const frame = await (await element.elementHandle())?.contentFrame();
  if (!frame) throw new Error('no frame');
  await expect
    .poll(() => frame.evaluate(() => (window as unknown as { recorded: Recorded }).recorded.requests))
    .toBeGreaterThan(0);
  return frame;
}

async function expectHeld(page: Page | Frame, count: number): Promise<void> {
  const held = () => page.evaluate(() => (window as unknown as { recorded: Recorded }).recorded.held.size);
  await expect.poll(held, { timeout: 20_000 }).toBe(count);
}

function setRefuse(page: Page, refuse: boolean): Promise<void> {
  return page.evaluate((refuse) => {
    (window as unknown as { recorded: Recorded }).recorded.refuse = refuse;
  }, refuse);
}

/** Imitates a page that is hidden and shown again. Releases the locks, as a browser would. */
async function hideAndShow(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { held } = (window as unknown as { recorded: Recorded }).recorded;
    for (const lock of held) await lock.release();
    document.dispatchEvent(new Event('visibilitychange'));
  });
}

async function waitUntilLive(page: Page): Promise<void> {
  const live = page.locator('[data-testid="watch-state"][data-state="live"]');
  await live.waitFor({ state: 'attached', timeout: 30_000 });
}

/** Starts an app that is live with the test pattern, and opens its window. */
async function startPublisher(): Promise<{ page: Page; ticket: string }> {
  const app = await startAppProcess({ args: ['--autostart', 'test'] });
  const page = await open(app.ready.url);
  const { ticket } = await app.event('live', 30_000);
  return { page, ticket };
}

describe('the screen stays on', () => {
  it('only while the window is live or shows a broadcast', async () => {
    const publisher = await startPublisher();
    await expectHeld(publisher.page, 1);
    const viewer = await open((await startAppProcess()).ready.url);
    await expectHeld(viewer, 0);
    await viewer.getByTestId('ticket-input').fill(publisher.ticket);
    await viewer.getByTestId('watch-button').click();
    await waitUntilLive(viewer);
    await expectHeld(viewer, 1);
    await hideAndShow(viewer);
    await expectHeld(viewer, 1);
    await viewer.getByTestId('leave').click();
    await expectHeld(viewer, 0);
    await hideAndShow(viewer);
    await publisher.page.getByTestId('stop-live').click();
    await publisher.page.getByTestId('confirm').or(publisher.page.getByTestId('go-live')).first().click();
    await expectHeld(publisher.page, 0);
    await expectHeld(viewer, 0);
  }, 120_000);

  it('on a relay’s page while it plays, even if the browser has refused once', async () => {
    const relay = await startRelayProcess();
    const { ticket } = await startPublisher();
    const page = await open(relay.url);
    await setRefuse(page, true);
    await page.getByTestId('ticket-input').fill(ticket);
    await page.getByTestId('watch-button').click();
    await waitUntilLive(page);
    const requests = () =>
      page.evaluate(() => (window as unknown as { recorded: Recorded }).recorded.requests);
    await expect.poll(requests).toBe(1);
    // The page does not tell the user about the refusal.
    expect(await page.locator('.toast').count()).toBe(0);
    await setRefuse(page, false);
    await hideAndShow(page);
    await expectHeld(page, 1);
    await page.getByTestId('leave').click();
    await expectHeld(page, 0);
  }, 120_000);

  it('while another site shows the broadcast with the embed code of the app', async () => {
    const relay = await startRelayProcess();
    const { ticket } = await startPublisher();
    const code = embedCode(watchLink(relay.url, ticket));
    const bare = code.replace(/ allow="[^"]*"/, '');
    expect(bare).not.toBe(code);
    const site = await serveStatic({
      '/': { type: 'text/html', body: `<!doctype html>${code}` },
      '/bare': { type: 'text/html', body: `<!doctype html>${bare}` },
    });
    try {
      const page = await open(site.url);
      const frame = await embeddedFrame(page);
      await expectHeld(frame, 1);
      // On this page, the frame has no permissions, so browsers refuse the lock.
      await page.goto(`${site.url}bare`);
      await expectHeld(await embeddedFrame(page), 0);
    } finally {
      await site.close();
    }
  }, 120_000);

  it('during a call on both sides', async () => {
    const callee = await startAppProcess({ args: ['--autostart', 'call'] });
    const calleePage = await open(callee.ready.url);
    const { ticket } = await callee.event('live');
    const callerPage = await open((await startAppProcess()).ready.url);
    await callerPage.getByTestId('ticket-input').fill(ticket);
    await callerPage.getByTestId('watch-button').click();
    await calleePage.getByTestId('accept-video').click();
    await Promise.all([waitForCallState(calleePage, 'active'), waitForCallState(callerPage, 'active')]);
    await Promise.all([expectHeld(calleePage, 1), expectHeld(callerPage, 1)]);
    await callerPage.getByTestId('hang-up').click();
    await Promise.all([expectHeld(calleePage, 0), expectHeld(callerPage, 0)]);
  }, 120_000);
});
