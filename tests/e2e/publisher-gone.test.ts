import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { useAppWindows } from '../support/app-windows.ts';
import { readFrameNumber } from '../support/browser.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { expectPlaying } from '../support/watch-page.ts';

const windows = useAppWindows();

/** Starts a publisher and a viewer that watches it. */
async function watchPublisher(): Promise<{ publisher: AppProcess; viewer: Page }> {
  const publisher = await startAppProcess({ args: ['--autostart', 'test'] });
  await windows.open(publisher);
  const { ticket } = await publisher.event('live');
  const viewer = await windows.open(await startAppProcess({ args: [ticket] }));
  await viewer.getByTestId('confirm-ticket').click();
  await expectPlaying(viewer);
  return { publisher, viewer };
}

/** Starts a publisher, and a browser that watches its ticket through a relay. */
async function watchThroughRelay(): Promise<{ publisher: AppProcess; viewer: Page }> {
  const relay = await startRelayProcess();
  const publisher = await startAppProcess({ args: ['--autostart', 'test'] });
  await windows.open(publisher);
  const { ticket } = await publisher.event('live');
  const url = new URL(relay.url);
  url.searchParams.set('name', ticket);
  const viewer = await windows.openUrl(url.href);
  await expectPlaying(viewer);
  return { publisher, viewer };
}

/**
 * Waits until the viewer's screen shows `title` over the last frame and no longer says that the broadcast is
 * live.
 */
async function expectLastFrame(viewer: Page, title: string | RegExp): Promise<void> {
  await viewer.getByTestId('watch-state').getByText(title).waitFor({ timeout: 20_000 });
  expect(await viewer.locator('.watch-stage').getAttribute('data-picture')).toBe('last');
  expect(await viewer.locator('.live-badge').count()).toBe(0);
  const opacity = () =>
    viewer.getByTestId('watch-canvas').evaluate((canvas) => Number(getComputedStyle(canvas).opacity));
  // The frame is dimmed, but not invisible.
  await expect.poll(opacity).toBeCloseTo(0.55);
  // A black canvas has no frame number.
  expect(await readFrameNumber(viewer)).not.toBeNull();
}

describe('viewers of a publisher that is gone', () => {
  it('see the last frame, dimmed, while the app reconnects after the publisher was killed', async () => {
    const { publisher, viewer } = await watchPublisher();
    await publisher.program.stop('SIGKILL');
    // If the connection was very short, the app first shows the text for a failed connection.
    await expectLastFrame(viewer, /Connection lost, reconnecting…|connection to your friend was lost/);
  }, 120_000);

  it('are told that the broadcast has stopped when the publisher exits, and the message remains', async () => {
    const { publisher, viewer } = await watchPublisher();
    await publisher.program.stop('SIGTERM');
    await expectLastFrame(viewer, 'has stopped');
    // The app keeps dialing. Its first dials fail after 7 s, which must not change the message.
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    await expectLastFrame(viewer, 'has stopped');
  }, 120_000);

  it('on a relay see the last frame within a few seconds after the publisher was killed', async () => {
    const { publisher, viewer } = await watchThroughRelay();
    await publisher.program.stop('SIGKILL');
    await expectLastFrame(viewer, /Connection lost, reconnecting…|connection to your friend was lost/);
  }, 120_000);

  it('on a relay are told that the broadcast has stopped when the publisher exits, and the message remains', async () => {
    const { publisher, viewer } = await watchThroughRelay();
    await publisher.program.stop('SIGTERM');
    await expectLastFrame(viewer, 'has stopped');
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    await expectLastFrame(viewer, 'has stopped');
  }, 120_000);
});
