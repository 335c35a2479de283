import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { raceAttempts } from '../../../../main/pull/race-attempts.ts';

interface Attempt {
  signal: AbortSignal;
  resolve: (value: string) => void;
  reject: (error: Error) => void;
}

describe('racing attempts', () => {
  const attempts: Attempt[] = [];
  const discarded: string[] = [];
  const start = (signal = new AbortController().signal) => {
    const attempt = (own: AbortSignal) =>
      new Promise<string>((resolve, reject) => attempts.push({ signal: own, resolve, reject }));
    return raceAttempts(attempt, { everyMs: 700, signal, discard: (late) => discarded.push(late) });
  };

  beforeEach(() => {
    vi.useFakeTimers();
    attempts.length = 0;
    discarded.length = 0;
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  test('resolves with the first success, aborts the other attempts and discards late results', async () => {
    const result = start();
    vi.advanceTimersByTime(1_500);
    expect(attempts).toHaveLength(3);
    attempts[1]?.resolve('second');
    await expect(result).resolves.toBe('second');
    expect(attempts.every(({ signal }) => signal.aborted)).toBe(true);
    attempts[0]?.resolve('first');
    attempts[2]?.reject(new Error('aborted'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(discarded).toEqual(['first']);
    expect(attempts).toHaveLength(3);
  });

  test('rejects when the first attempt fails, but not when a later one does', async () => {
    const result = start();
    vi.advanceTimersByTime(800);
    attempts[1]?.reject(new Error('later'));
    await vi.advanceTimersByTimeAsync(10);
    attempts[0]?.reject(new Error('offline'));
    await expect(result).rejects.toThrow('offline');
  });

  test('aborts all attempts when the signal aborts', async () => {
    const controller = new AbortController();
    const result = start(controller.signal);
    vi.advanceTimersByTime(800);
    controller.abort(new Error('closed'));
    await expect(result).rejects.toThrow('closed');
    expect(attempts.every(({ signal }) => signal.aborted)).toBe(true);
    await expect(start(controller.signal)).rejects.toThrow('closed');
    expect(attempts).toHaveLength(2);
  });
});
