import { describe, expect, it, vi } from 'vitest';
import { withinTime } from '../../../../main/base/within-time.ts';

const LONG_MS = 60_000;

function pending<T>() {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { work: promise, resolve, reject };
}

describe('withinTime', () => {
  it('returns the result, and leaves no timer running', async () => {
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    const discard = vi.fn();
    expect(await withinTime(Promise.resolve(5), { timeoutMs: LONG_MS, discard })).toBe(5);
    expect(cleared).toHaveBeenCalledOnce();
    expect(discard).not.toHaveBeenCalled();
    cleared.mockRestore();
  });

  it('rejects with the error of the work', async () => {
    await expect(withinTime(Promise.reject(new Error('broken')), { timeoutMs: LONG_MS })).rejects.toThrow(
      'broken',
    );
  });

  it('rejects after the timeout, and releases a late result', async () => {
    const { work, resolve } = pending<string>();
    const discard = vi.fn();
    const limit = { timeoutMs: 5, timeoutError: () => new RangeError('late'), discard };
    await expect(withinTime(work, limit)).rejects.toThrow(RangeError);
    resolve('result');
    await work;
    expect(discard).toHaveBeenCalledWith('result');
  });

  it('ignores late errors, including those of the release', async () => {
    const failed = pending<string>();
    await expect(withinTime(failed.work, { timeoutMs: 5 })).rejects.toThrow('no answer in time');
    failed.reject(new Error('late failure'));
    const released = pending<string>();
    const discard = () => Promise.reject(new Error('cannot release'));
    await expect(withinTime(released.work, { timeoutMs: 5, discard })).rejects.toThrow('no answer in time');
    released.resolve('result');
    // Wait a moment, because an unhandled rejection would then fail the test run.
    await new Promise((done) => setTimeout(done, 5));
  });

  it('rejects with the signal’s reason, whenever the signal aborts', async () => {
    const ending = new AbortController();
    const { work, resolve } = pending<string>();
    const discard = vi.fn();
    const waiting = withinTime(work, { timeoutMs: LONG_MS, signal: ending.signal, discard });
    ending.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    const limit = { timeoutMs: LONG_MS, signal: ending.signal, discard };
    await expect(withinTime(work, limit)).rejects.toThrow('stopped');
    resolve('result');
    await work;
    expect(discard).toHaveBeenCalledTimes(2);
  });
});
