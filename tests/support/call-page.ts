import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { readFrameNumber } from './browser.ts';
import { sleep, waitFor } from './wait.ts';

/** What tests see of a call in a window. */

/** The least level, 0..1, that is no silence. */
const HEARD = 0.002;

export function callIs(page: Page, state: string, timeoutMs = 20_000): Promise<void> {
  return page.locator(`[data-testid="call"][data-state="${state}"]`).waitFor({ timeout: timeoutMs });
}

/** The other's picture is there. */
export function seesOther(page: Page): Promise<unknown> {
  return waitFor('a frame', async () => (await readFrameNumber(page, 'call-remote')) !== null, 20_000);
}

/**
 * The other's picture moves, from now on, and the other's voice is heard. Two windows encode and decode 720p in
 * software, on whatever machine this is: how fast it moves is not what is looked at here.
 */
export async function expectTalking(page: Page, frames = 8, timeoutMs = 30_000): Promise<void> {
  const seen = new Set<number>();
  let loudest = 0;
  const end = performance.now() + timeoutMs;
  while (performance.now() < end && (seen.size < frames || loudest < HEARD)) {
    const frame = await readFrameNumber(page, 'call-remote');
    if (frame !== null) seen.add(frame);
    const level = await page.evaluate(
      () => document.querySelector('[data-testid=call-level]')?.getAttribute('data-level') ?? '0',
    );
    loudest = Math.max(loudest, Number(level));
    await sleep(60);
  }
  expect(seen.size).toBeGreaterThanOrEqual(frames);
  expect(loudest).toBeGreaterThanOrEqual(HEARD);
}

/**
 * Both windows stand in one room, so to say: their fake microphones beep alike, and what one plays is what the other's
 * echo cancellation takes away.
 */
export async function withoutEchoCancellation(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByTestId('sound-echoCancellation').uncheck();
  await page.getByRole('button', { name: 'Close' }).click();
}
