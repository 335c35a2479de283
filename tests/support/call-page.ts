import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { readFrameNumber } from './browser.ts';
import { sleep, waitFor } from './wait.ts';

/** Audio levels below this count as silence, on a scale from 0 to 1. */
const AUDIBLE_LEVEL = 0.002;

/** Waits until the window shows a call in the given state. */
export function waitForCallState(page: Page, state: string, timeoutMs = 20_000): Promise<void> {
  return page.locator(`[data-testid="call"][data-state="${state}"]`).waitFor({ timeout: timeoutMs });
}

/** Waits until the window shows the peer's video. */
export function waitForRemoteVideo(page: Page): Promise<unknown> {
  return waitFor(
    'a frame of the remote video',
    async () => (await readFrameNumber(page, 'call-remote')) !== null,
    20_000,
  );
}

/**
 * Expects new frames of the peer's video to appear, and the audio to be audible. Does not check the frame
 * rate, because two windows encode and decode 720p in software.
 * @param frames the number of different frames that must appear
 */
export async function expectVideoAndAudio(page: Page, frames = 8, timeoutMs = 30_000): Promise<void> {
  const seen = new Set<number>();
  let loudest = 0;
  const end = performance.now() + timeoutMs;
  while (performance.now() < end && (seen.size < frames || loudest < AUDIBLE_LEVEL)) {
    const frame = await readFrameNumber(page, 'call-remote');
    if (frame !== null) seen.add(frame);
    const level = await page.evaluate(
      () => document.querySelector('[data-testid=call-level]')?.getAttribute('data-level') ?? '0',
    );
    loudest = Math.max(loudest, Number(level));
    await sleep(60);
  }
  expect(seen.size).toBeGreaterThanOrEqual(frames);
  expect(loudest).toBeGreaterThanOrEqual(AUDIBLE_LEVEL);
}

/**
 * Disables echo cancellation in the window's settings. The fake microphones of both windows emit the same
 * beeps, so each window would otherwise cancel the other's audio as an echo.
 */
export async function disableEchoCancellation(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByTestId('sound-echoCancellation').uncheck();
  await page.getByRole('button', { name: 'Close' }).click();
}
