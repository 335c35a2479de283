import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { flashTitle } from '../../../../../renderer/features/call/ring-title.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('names the caller by turns until it is ended, and then leaves the title alone', () => {
  const page = { title: 'Iroh Live' };
  const end = flashTitle('Maya', page);
  const seen = [page.title];
  for (let second = 0; second < 3; second += 1) {
    vi.advanceTimersByTime(1_000);
    seen.push(page.title);
  }
  expect(seen[0]).toBe('☎ Maya is calling');
  expect(seen[2]).toBe(seen[0]);
  expect(seen[1]).not.toContain('Maya');
  end();
  page.title = 'Call';
  vi.advanceTimersByTime(5_000);
  expect(page.title).toBe('Call');
  expect(vi.getTimerCount()).toBe(0);
});
