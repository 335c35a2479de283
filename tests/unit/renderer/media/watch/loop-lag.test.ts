import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchLoopLag } from '../../../../../renderer/media/watch/loop-lag.ts';
import { sleep } from '../../../../support/wait.ts';

/** Stands in for a page's document, of which nothing but this is looked at; the loop and its timers are real. */
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

/** The largest lag that was told of while `work` was done, in milliseconds, and how many were told. */
async function lagsOf(work: () => void | Promise<void>): Promise<{ most: number; told: number }> {
  const lags: number[] = [];
  const stop = watchLoopLag((lagMs) => lags.push(lagMs));
  await sleep(120);
  await work();
  await sleep(120);
  stop();
  const told = lags.length;
  await sleep(120);
  expect(lags).toHaveLength(told);
  return { most: Math.max(0, ...lags), told };
}

describe('the lag of the window’s timers', () => {
  it('is about as long as something blocked the window, and small otherwise', async () => {
    const { most, told } = await lagsOf(() => block(300));
    expect(told).toBeGreaterThanOrEqual(3);
    expect(most).toBeGreaterThan(200);
    expect(most).toBeLessThan(1_000);
  });

  it('is not told of a window that was hidden, nor of the first look after that', async () => {
    const { most } = await lagsOf(async () => {
      page.hidden = true;
      block(300);
      // A look that comes while it is hidden, and one after it was.
      await sleep(60);
      block(300);
      page.hidden = false;
      await sleep(30);
    });
    expect(most).toBeLessThan(200);
  });
});
