import { expect, it } from 'vitest';
import type { OwnWindowApi } from '../../../../../common/bridge/preload-api.ts';
import { CompactWindow } from '../../../../../renderer/features/call/compact-window.ts';

it('makes the window small, always on top and translucent, and restores it', () => {
  const log: string[] = [];
  const own: OwnWindowApi = {
    bounds: () => [100, 50, 1200, 800],
    setBounds: (...bounds) => void log.push(`bounds ${bounds.join(' ')}`),
    keepOnTop: (on) => void log.push(`top ${on}`),
    setOpacity: (opacity) => void log.push(`opacity ${opacity}`),
  };
  const compact = new CompactWindow(own);
  compact.leave();
  expect(log).toEqual([]);
  compact.enter();
  compact.enter();
  // `keepOnTop` comes first because it removes the minimum size. The upper right corner stays in place.
  expect(log).toEqual(['top true', 'bounds 940 50 360 250']);
  compact.setOpacity(0.01);
  expect(compact.opacity.get()).toBe(0.3);
  log.length = 0;
  compact.leave();
  compact.leave();
  expect(log).toEqual(['opacity 1', 'bounds 100 50 1200 800', 'top false']);
  expect(compact.active.get()).toBe(false);
});

it('is not supported in a browser', () => {
  const compact = new CompactWindow(null);
  expect(compact.supported).toBe(false);
  compact.enter();
  compact.setOpacity(0.5);
  expect(compact.active.get()).toBe(false);
});
