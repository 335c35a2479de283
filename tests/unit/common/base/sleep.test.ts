import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sleep } from '../../../../common/base/sleep.ts';

describe('sleep', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('resolves after the given time', async () => {
    const resolved = vi.fn();
    void sleep(100).then(resolved);
    await vi.advanceTimersByTimeAsync(99);
    expect(resolved).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(resolved).toHaveBeenCalledTimes(1);
  });

  it('resolves early when any of the signals aborts, and removes its listeners from the others', async () => {
    const closing = new AbortController();
    const woken = new AbortController();
    const removeListener = vi.spyOn(closing.signal, 'removeEventListener');
    const resolved = vi.fn();
    void sleep(100, closing.signal, woken.signal).then(resolved);
    await vi.advanceTimersByTimeAsync(0);
    expect(resolved).not.toHaveBeenCalled();
    woken.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(resolved).toHaveBeenCalledTimes(1);
    expect(removeListener).toHaveBeenCalledOnce();
  });

  it('resolves at once, without a timer, if a signal is already aborted', async () => {
    await sleep(60_000, AbortSignal.abort());
  });
});
