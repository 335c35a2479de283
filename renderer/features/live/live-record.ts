import type { SourceKind } from '../../media/shared/types.ts';

/** What a reload of the window must know of the broadcast that it interrupts. */
export interface LiveRecord {
  name: string;
  source: SourceKind;
}

/** Per window and gone with it, so that only a reload finds it. */
const KEY = 'iroh-live.live';
const kinds: ReadonlySet<unknown> = new Set<SourceKind>(['camera', 'screen', 'file', 'test']);

export function rememberLive(record: LiveRecord): void {
  const text = JSON.stringify({ name: record.name, source: record.source });
  store((storage) => storage.setItem(KEY, text));
}

export function forgetLive(): void {
  store((storage) => storage.removeItem(KEY));
}

export function readLive(): LiveRecord | null {
  let kept: unknown = null;
  store((storage) => {
    kept = JSON.parse(storage.getItem(KEY) ?? 'null');
  });
  return parseLive(kept);
}

/** The record, if it is one. */
export function parseLive(kept: unknown): LiveRecord | null {
  if (typeof kept !== 'object' || kept === null || !('name' in kept) || !('source' in kept)) return null;
  const { name, source } = kept;
  if (typeof name !== 'string' || !isKind(source)) return null;
  return { name, source };
}

function isKind(value: unknown): value is SourceKind {
  return kinds.has(value);
}

function store(use: (storage: Storage) => void): void {
  try {
    use(sessionStorage);
  } catch {
    // Forbidden or damaged storage: a reload then simply does not go live again.
    return;
  }
}
