import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startAppProcess } from '../support/app-process.ts';
import { useAppWindows } from '../support/app-windows.ts';
import { readFrameNumber } from '../support/browser.ts';
import { sleep, waitFor } from '../support/wait.ts';

/** Tests the quality selection with two apps and their windows in a real Chromium. */

const windows = useAppWindows();

function shownLines(page: Page): Promise<number> {
  return page
    .getByTestId('watch-canvas')
    .evaluate((canvas) => (canvas instanceof HTMLCanvasElement ? canvas.height : 0));
}

async function selectQuality(page: Page, lines: number): Promise<void> {
  await page.getByTestId('quality').selectOption(`video/h264-${lines}p`);
  await waitFor(`video with ${lines} lines`, async () => (await shownLines(page)) === lines, 15_000);
  const before = await readFrameNumber(page);
  await waitFor('the next frame', async () => (await readFrameNumber(page)) !== before, 5_000);
}

it('plays each rendition selected in the menu, and shows the publisher each rendition’s viewer count', async () => {
  const alice = await startAppProcess({ args: ['--autostart', 'test'] });
  const alices = await windows.open(alice);
  const { ticket } = await alice.event('live');
  const bob = await startAppProcess({ args: ['--rendition', 'video/h264-180p', ticket] });
  const bobs = await windows.open(bob);
  await bobs.getByTestId('confirm-ticket').click();
  const menu = bobs.getByTestId('quality');
  await menu.waitFor({ timeout: 20_000 });
  expect(await menu.inputValue()).toBe('video/h264-180p');
  await waitFor('the rendition of the command line', async () => (await shownLines(bobs)) === 180, 15_000);

  for (const lines of [720, 360, 180, 720]) {
    const from = bob.events.length;
    await selectQuality(bobs, lines);
    const event = await bob.event('rendition', 5_000, from);
    expect(event).toMatchObject({ to: `video/h264-${lines}p`, reason: 'chosen by hand' });
    const sent = alices.locator(`[data-testid=sent] [data-track="video/h264-${lines}p"]`);
    await expect
      .poll(async () => (await sent.allTextContents()).join(), { timeout: 15_000 })
      .toMatch(/1 viewer.*fps, H\.264/);
  }

  // The rendition is limited to the size of the view, so a small window does not read a large rendition.
  await menu.selectOption('auto');
  await bobs.setViewportSize({ width: 320, height: 180 });
  await waitFor('the smallest rendition', async () => (await shownLines(bobs)) === 180, 15_000);
  await bobs.setViewportSize({ width: 1280, height: 800 });

  // Settings apply immediately.
  await alices.getByRole('button', { name: 'Settings' }).click();
  await alices.getByTestId('max-resolution').selectOption('360p');
  await alices.keyboard.press('Escape');
  await waitFor(
    'a menu without 720p',
    async () => !(await menu.locator('option').allTextContents()).some((text) => text.includes('720p')),
    15_000,
  );
  await bobs.keyboard.press('i');
  expect(await bobs.getByTestId('quality-changes').getByRole('listitem').count()).toBeGreaterThan(4);

  // Picture-in-picture keeps the video visible while the page is hidden. A headless browser never hides a
  // page, so the test simulates a hidden page.
  await bobs.keyboard.press('p');
  await waitFor('the picture-in-picture window', () =>
    bobs.evaluate(() => document.pictureInPictureElement !== null),
  );
  const from = bob.events.length;
  await bobs.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await sleep(1_500);
  expect(bob.events.slice(from)).not.toContainEqual(
    expect.objectContaining({ event: 'rendition', to: null }),
  );
  await bobs.keyboard.press('p');
  await waitFor('the end of video for a hidden page', async () =>
    bob.events.slice(from).some((event) => event.event === 'rendition' && event.to === null),
  );
  expect([...alice.noise, ...bob.noise]).toEqual([]);
}, 180_000);

it('applies the maximum resolution and the latency from the command line', async () => {
  const alice = await startAppProcess({ args: ['--autostart', 'test', '--max-resolution', '360p'] });
  await windows.open(alice);
  const { ticket } = await alice.event('live');
  const bob = await startAppProcess({ args: ['--latency-ms', '800', ticket] });
  const bobs = await windows.open(bob);
  await bobs.getByTestId('confirm-ticket').click();
  const menu = bobs.getByTestId('quality');
  await menu.waitFor({ timeout: 20_000 });
  await waitFor('the largest rendition', async () => (await shownLines(bobs)) === 360, 20_000);
  expect((await menu.locator('option').allTextContents()).join()).not.toContain('720p');
  await bobs.keyboard.press('i');
  const delay = bobs
    .locator('dt', { hasText: 'Camera-to-screen delay' })
    .locator('xpath=following-sibling::dd[1]');
  await expect
    .poll(async () => Number.parseInt((await delay.textContent()) ?? '', 10), { timeout: 10_000 })
    .toBeGreaterThan(780);
  expect([...alice.noise, ...bob.noise]).toEqual([]);
}, 90_000);
