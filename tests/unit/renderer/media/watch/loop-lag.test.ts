import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { observeLoopLag } from '../../../../../renderer/media/watch/loop-lag.ts';
import { sleep } from '../../../../support/wait.ts';

/**
 * Replaces the page's document. The code reads only its `hidden` property. The event loop and its timers are
 * real.
 */
const page = { hidden: false };

beforeEach(() => {
  page.hidden = false;
  vi.stubGlobal('document', page);
});
afterEach(() => vi.unstubAllGlobals());

function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

/** Runs `work`. Returns the largest reported lag, in milliseconds, and the number of reports. */
async function lagsOf(work: () => void | Promise<void>): Promise<{ maximum: number; reports: number }> {
  const lags: number[] = [];
  const stop = observeLoopLag((lagMs) => lags.push(lagMs));
  await sleep(120);
  await work();
  await sleep(120);
  stop();
  const reports = lags.length;
  await sleep(120);
  expect(lags).toHaveLength(reports);
  return { maximum: Math.max(0, ...lags), reports };
}

describe('the window’s event loop lag', () => {
  it('is about as long as a blocking task, and is small otherwise', async () => {
    const { maximum, reports } = await lagsOf(() => block(300));
    expect(reports).toBeGreaterThanOrEqual(3);
    expect(maximum).toBeGreaterThan(200);
    expect(maximum).toBeLessThan(1_000);
  });

  it('is not reported while the window is hidden, nor at the first check afterward', async () => {
    const { maximum } = await lagsOf(async () => {
      page.hidden = true;
      block(300);
      // One check runs while the window is hidden, and one right afterward.
      await sleep(60);
      block(300);
      page.hidden = false;
      await sleep(30);
    });
    expect(maximum).toBeLessThan(200);
  });
});
