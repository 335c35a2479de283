import { describe, expect, it } from 'vitest';
import { LiveWindows } from '../../../../main/live/live-windows.ts';

describe('the window of a broadcast', () => {
  it('is the one that claimed it', () => {
    const windows = new LiveWindows();
    let changes = 0;
    windows.events.on('changed', () => {
      changes += 1;
    });
    expect(windows.windowOf('hello')).toBeNull();
    windows.claim('hello', 'a');
    windows.claim('hello', 'a');
    expect([windows.windowOf('hello'), windows.windowOf('other'), changes]).toEqual(['a', null, 1]);
  });

  it('changes only when the new broadcast has arrived, before or after its claim', () => {
    const windows = new LiveWindows();
    windows.claim('hello', 'a');
    windows.claim('hello', 'b');
    expect(windows.windowOf('hello')).toBe('a');
    windows.replace('hello');
    expect(windows.windowOf('hello')).toBe('b');
    windows.replace('hello');
    expect(windows.windowOf('hello')).toBe('b');
    windows.claim('hello', 'c');
    expect(windows.windowOf('hello')).toBe('c');
  });

  it('is forgotten when the broadcast ends, and passes to a window that waits for it', () => {
    const windows = new LiveWindows();
    windows.claim('hello', 'a');
    windows.claim('hello', 'b');
    windows.release('hello');
    expect(windows.windowOf('hello')).toBe('b');
    windows.release('hello');
    expect(windows.windowOf('hello')).toBeNull();
  });

  it('is remembered for a limited number of broadcasts', () => {
    const windows = new LiveWindows();
    for (let i = 0; i < 1_000; i += 1) windows.claim(`show-${i}`, 'a');
    expect(windows.windowOf('show-0')).toBeNull();
    expect(windows.windowOf('show-999')).toBe('a');
  });
});
