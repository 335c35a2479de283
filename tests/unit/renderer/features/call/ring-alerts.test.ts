import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { flashTitle } from '../../../../../renderer/features/call/ring-alerts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('alternates the title until it is stopped', () => {
  const page = { title: 'Iroh Live' };
  const stop = flashTitle('Maya', page);
  const seen = [page.title];
  for (let second = 0; second < 3; second += 1) {
    vi.advanceTimersByTime(1_000);
    seen.push(page.title);
  }
  expect(seen[0]).toBe('☎ Maya is calling');
  expect(seen[2]).toBe(seen[0]);
  expect(seen[1]).not.toContain('Maya');
  stop();
  page.title = 'Call';
  vi.advanceTimersByTime(5_000);
  expect(page.title).toBe('Call');
  expect(vi.getTimerCount()).toBe(0);
});
