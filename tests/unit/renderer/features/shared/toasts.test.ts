import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Toasts } from '../../../../../renderer/features/shared/toasts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const texts = (toasts: Toasts): string[] => toasts.list.get().map((toast) => toast.text);

describe('Toasts', () => {
  it('expire, but not while paused', () => {
    const toasts = new Toasts();
    const onGone = vi.fn();
    const id = toasts.show('one', { onGone });
    toasts.pause(id);
    vi.advanceTimersByTime(60_000);
    expect(texts(toasts)).toEqual(['one']);
    toasts.resume(id);
    vi.advanceTimersByTime(6000);
    expect(texts(toasts)).toEqual([]);
    expect(onGone).toHaveBeenCalledTimes(1);
  });

  it('run their action instead of `onGone`', () => {
    const toasts = new Toasts();
    const onGone = vi.fn();
    const run = vi.fn();
    toasts.runAction(toasts.show('one', { action: { label: 'Undo', run }, onGone }));
    expect(run).toHaveBeenCalledTimes(1);
    expect(onGone).not.toHaveBeenCalled();
    expect(texts(toasts)).toEqual([]);
  });

  it('are limited to three, with the oldest dismissed first', () => {
    const toasts = new Toasts();
    const onGone = vi.fn();
    toasts.show('0', { onGone });
    for (const text of ['1', '2', '3']) toasts.show(text);
    expect(texts(toasts)).toEqual(['1', '2', '3']);
    expect(onGone).toHaveBeenCalledTimes(1);
  });

  it('with the same text do not accumulate', () => {
    const toasts = new Toasts();
    toasts.show('again');
    toasts.show('again');
    expect(texts(toasts)).toEqual(['again']);
  });
});
