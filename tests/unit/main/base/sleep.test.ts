import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sleep } from '../../../../main/base/sleep.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

async function ends(wait: Promise<void>): Promise<() => boolean> {
  let over = false;
  void wait.then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  return () => over;
}

test('lasts as long as it is told', async () => {
  const over = await ends(sleep(100));
  await vi.advanceTimersByTimeAsync(99);
  expect(over()).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(over()).toBe(true);
});

test('ends with the first of its signals, and listens to none any more', async () => {
  const [closing, woken] = [new AbortController(), new AbortController()];
  const forget = vi.spyOn(closing.signal, 'removeEventListener');
  const over = await ends(sleep(100, closing.signal, woken.signal));
  expect(over()).toBe(false);
  woken.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(over()).toBe(true);
  expect(forget).toHaveBeenCalledOnce();
  expect((await ends(sleep(100, AbortSignal.abort())))()).toBe(true);
});
