import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startAppProcess } from '../support/app-process.ts';
import { readFrameNumber } from '../support/browser.ts';
import { sleep, waitFor } from '../support/wait.ts';
import { useWindows } from '../support/windows.ts';

/** The quality as people see and choose it: two apps, two real windows. */

const windows = useWindows();

function shownLines(page: Page): Promise<number> {
  return page
    .getByTestId('watch-canvas')
    .evaluate((canvas) => (canvas instanceof HTMLCanvasElement ? canvas.height : 0));
}

async function choose(page: Page, lines: number): Promise<void> {
  await page.getByTestId('quality').selectOption(`video/h264-${lines}p`);
  await waitFor(`a picture of ${lines} lines`, async () => (await shownLines(page)) === lines, 15_000);
  const before = await readFrameNumber(page);
  await waitFor('the next frame', async () => (await readFrameNumber(page)) !== before, 5_000);
}

it('each rendition of the menu is shown when it is chosen, and the publisher sees who gets which', async () => {
  const alice = await startAppProcess({ args: ['--autostart', 'test'] });
  const alices = await windows.open(alice);
  const { ticket } = await alice.event('live');
  const bob = await startAppProcess({ args: ['--rendition', 'video/h264-180p', ticket] });
  const bobs = await windows.open(bob);
  const menu = bobs.getByTestId('quality');
  await menu.waitFor({ timeout: 20_000 });
  expect(await menu.inputValue()).toBe('video/h264-180p');
  await waitFor('the rendition of the command line', async () => (await shownLines(bobs)) === 180, 15_000);

  for (const lines of [720, 360, 180, 720]) {
    const from = bob.events.length;
    await choose(bobs, lines);
    const told = await bob.event('rendition', 5_000, from);
    expect(told).toMatchObject({ to: `video/h264-${lines}p`, reason: 'chosen by hand' });
    const sent = alices.locator(`[data-testid=sent] [data-track="video/h264-${lines}p"]`);
    await expect
      .poll(async () => (await sent.allTextContents()).join(), { timeout: 15_000 })
      .toMatch(/1 viewer.*fps, H\.264/);
  }

  // The view is the ceiling: a small window pulls no large picture.
  await menu.selectOption('auto');
  await bobs.setViewportSize({ width: 320, height: 180 });
  await waitFor('a small picture', async () => (await shownLines(bobs)) === 180, 15_000);
  await bobs.setViewportSize({ width: 1280, height: 800 });

  // Settings count at once.
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

  // The system's small window is seen while the page is hidden. A headless browser hides no page by itself.
  await bobs.keyboard.press('p');
  await waitFor('the small window', () => bobs.evaluate(() => document.pictureInPictureElement !== null));
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
  await waitFor('no picture for nobody', async () =>
    bob.events.slice(from).some((event) => event.event === 'rendition' && event.to === null),
  );
  expect([...alice.noise, ...bob.noise]).toEqual([]);
}, 180_000);

it('the command line says how large the picture is at most, and how long it is held back', async () => {
  const alice = await startAppProcess({ args: ['--autostart', 'test', '--max-resolution', '360p'] });
  await windows.open(alice);
  const { ticket } = await alice.event('live');
  const bob = await startAppProcess({ args: ['--latency-ms', '800', ticket] });
  const bobs = await windows.open(bob);
  const menu = bobs.getByTestId('quality');
  await menu.waitFor({ timeout: 20_000 });
  await waitFor('the largest', async () => (await shownLines(bobs)) === 360, 20_000);
  expect((await menu.locator('option').allTextContents()).join()).not.toContain('720p');
  await bobs.keyboard.press('i');
  const delay = bobs.locator('dt', { hasText: 'Camera to screen' }).locator('xpath=following-sibling::dd[1]');
  await expect
    .poll(async () => Number.parseInt((await delay.textContent()) ?? '', 10), { timeout: 10_000 })
    .toBeGreaterThan(780);
  expect([...alice.noise, ...bob.noise]).toEqual([]);
}, 90_000);
