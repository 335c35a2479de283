import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { watchFor } from './browser.ts';
import { waitFor } from './wait.ts';

/**
 * Expects the player to show moving video with frames in order. The timeout is long, because a busy machine
 * shows frames at a low rate.
 */
export async function expectPlaying(page: Page): Promise<void> {
  const state = page.getByTestId('watch-state');
  const frames: number[] = [];
  await waitFor(
    'moving video',
    async () => {
      const seen = await watchFor(page, 500);
      frames.push(...seen.frames.filter((frame) => frame !== frames.at(-1)));
      return frames.length > 10;
    },
    40_000,
  ).catch(async (error: unknown) => {
    throw new Error(`${String(error)}: ${await state.textContent()}, frames ${frames.join(' ')}`);
  });
  expect(await state.getAttribute('data-state')).toBe('live');
  expect([...frames].sort((a, b) => a - b)).toEqual(frames);
}
