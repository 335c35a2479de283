import { describe, expect, it, vi } from 'vitest';
import { once } from '../../../../common/base/once.ts';

describe('once', () => {
  it('runs the callback only on the first call', () => {
    const callback = vi.fn();
    const release = once(callback);
    expect(callback).not.toHaveBeenCalled();
    release();
    release();
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('ignores a call from within the callback', () => {
    let calls = 0;
    const release: () => void = once(() => {
      calls += 1;
      release();
    });
    release();
    expect(calls).toBe(1);
  });

  it('does not run the callback again if it threw an error', () => {
    const callback = vi.fn(() => {
      throw new Error('failed');
    });
    const release = once(callback);
    expect(release).toThrow('failed');
    release();
    expect(callback).toHaveBeenCalledTimes(1);
  });
});
