import type { SourceKind } from '../../media/shared/source-types.ts';

/** A running broadcast, saved so that a window reload can resume it. */
export interface SavedBroadcast {
  name: string;
  source: SourceKind;
}

/**
 * Key in session storage. Each window has its own, so only the same window can read the value after a reload.
 */
const KEY = 'iroh-live.live';
const kinds: ReadonlySet<unknown> = new Set<SourceKind>(['camera', 'screen', 'file', 'test']);

/** Saves the broadcast for a window reload. */
export function saveBroadcast(broadcast: SavedBroadcast): void {
  const text = JSON.stringify({ name: broadcast.name, source: broadcast.source });
  withStorage((storage) => storage.setItem(KEY, text));
}

/** Removes the saved broadcast, so that a reload does not resume it. */
export function clearSavedBroadcast(): void {
  withStorage((storage) => storage.removeItem(KEY));
}

/** The broadcast that was running before the reload; null if there was none. */
export function loadBroadcast(): SavedBroadcast | null {
  let stored: unknown = null;
  withStorage((storage) => {
    stored = JSON.parse(storage.getItem(KEY) ?? 'null');
  });
  return parseSavedBroadcast(stored);
}

/** Validates a stored value. Returns null if it is not a broadcast. */
export function parseSavedBroadcast(stored: unknown): SavedBroadcast | null {
  if (typeof stored !== 'object' || stored === null || !('name' in stored) || !('source' in stored))
    return null;
  const { name, source } = stored;
  if (typeof name !== 'string' || !isKind(source)) return null;
  return { name, source };
}

function isKind(value: unknown): value is SourceKind {
  return kinds.has(value);
}

/** Ignores failures: if storage is disabled or damaged, a reload does not resume the broadcast. */
function withStorage(use: (storage: Storage) => void): void {
  try {
    use(sessionStorage);
  } catch {
    return;
  }
}
