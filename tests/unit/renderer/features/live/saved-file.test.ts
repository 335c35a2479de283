import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SavedFiles } from '../../../../../renderer/features/live/saved-file.ts';

/** The names of the files in the browser's storage. */
let stored: Set<string>;
/** The names of the locks that windows hold. */
let held: Set<string>;

/** Implements the parts of IndexedDB that `removeStale` uses. */
const indexedDatabase = {
  open: () => finish({ result: { transaction, close: () => undefined } }, 'onsuccess'),
};

function transaction() {
  const store = {
    getAllKeys: () => ({ result: [...stored] }),
    delete: (name: string) => ({ result: stored.delete(name) }),
  };
  return finish({ objectStore: () => store }, 'oncomplete');
}

function finish<T extends object>(target: T, event: string): T {
  setTimeout(() => (target as Record<string, () => void>)[event]?.());
  return target;
}

beforeEach(() => {
  vi.useFakeTimers();
  stored = new Set(['mine', 'theirs', 'stale', 'null']);
  held = new Set(['iroh-live.file.theirs']);
  vi.stubGlobal('indexedDB', indexedDatabase);
  vi.stubGlobal('navigator', {
    locks: { query: async () => ({ held: [...held].map((name) => ({ name })) }) },
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('removes the files of broadcasts that no window runs', async () => {
  void new SavedFiles().removeStale('mine');
  await vi.advanceTimersByTimeAsync(60_000);
  expect([...stored]).toEqual(['mine', 'theirs']);
});

it('removes a file of a broadcast named “null” if no broadcast is given', async () => {
  void new SavedFiles().removeStale(null);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([...stored]).toEqual(['theirs']);
});

it('keeps the file of another window while its lock is briefly free during a reload', async () => {
  held.clear();
  void new SavedFiles().removeStale('mine');
  await vi.advanceTimersByTimeAsync(1_000);
  held.add('iroh-live.file.theirs');
  await vi.advanceTimersByTimeAsync(60_000);
  expect([...stored]).toEqual(['mine', 'theirs']);
  held.clear();
  void new SavedFiles().removeStale('mine');
  await vi.advanceTimersByTimeAsync(500);
  expect([...stored]).toEqual(['mine', 'theirs']);
});
