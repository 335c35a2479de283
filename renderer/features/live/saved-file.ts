import { messageOf } from '../../../common/base/errors.ts';
import { sleep } from '../../../common/base/sleep.ts';

/**
 * Maximum size of a file that is stored for a reload, in bytes. The size is limited because the browser
 * copies the file.
 */
const MAX_FILE_BYTES = 1024 ** 3;
const DATABASE = 'iroh-live.live';
const STORE = 'files';
/** Prefix of the Web Locks that mark the files of running broadcasts. */
const LOCK_PREFIX = 'iroh-live.file.';
/**
 * A file is stale once its lock has been free for this long, in milliseconds. While a window reloads, the
 * lock is free until the window has loaded its file again.
 */
const RELOAD_MS = 30_000;

/** Keeps the file of a running broadcast, so that a reload of the window can resume it. */
export interface FileKeeper {
  /**
   * Stores `file` for the broadcast `name` and removes the file that was stored before.
   *
   * @throws Error with a message for the user
   */
  keep(name: string, file: File): Promise<void>;
  /** The file stored for the broadcast `name`; null if there is none. Never rejects. */
  load(name: string): Promise<File | null>;
  /** Removes the stored file. Never rejects. */
  clear(): Promise<void>;
  /**
   * Removes the files of all broadcasts that no window is running, except the file of the broadcast `name`.
   * Waits for windows that are reloading. Never rejects.
   */
  removeStale(name: string | null): Promise<void>;
}

/**
 * Stores one file per live window in IndexedDB. The window holds a lock for its file. If the window closes
 * without stopping its broadcast, the browser releases the lock and the file becomes stale.
 */
export class SavedFiles implements FileKeeper {
  #kept: { name: string; release(): void } | null = null;
  /** Runs the operations one after another. */
  #queue: Promise<unknown> = Promise.resolve();

  keep(name: string, file: File): Promise<void> {
    return this.#enqueue(async () => {
      await this.#remove();
      if (file.size > MAX_FILE_BYTES) throw new Error('The file is too large.');
      this.#kept = { name, release: holdLock(LOCK_PREFIX + name) };
      await request('readwrite', (store) => store.put(file, name));
    });
  }

  load(name: string): Promise<File | null> {
    return this.#enqueue(async () => {
      const stored = await request('readonly', (store) => store.get(name)).catch(() => null);
      if (!(stored instanceof File)) return null;
      this.#kept ??= { name, release: holdLock(LOCK_PREFIX + name) };
      return stored;
    });
  }

  clear(): Promise<void> {
    return this.#enqueue(() => this.#remove());
  }

  async removeStale(name: string | null): Promise<void> {
    const candidates = new Set(await this.#enqueue(() => this.#unused(name)).catch(() => []));
    if (candidates.size === 0) return;
    await sleep(RELOAD_MS);
    await this.#enqueue(async () => {
      try {
        for (const key of await this.#unused(name))
          if (candidates.has(key)) await request('readwrite', (store) => store.delete(key));
      } catch {
        // Without storage or locks there is nothing to remove.
      }
    });
  }

  /** Returns the names of all files whose lock is free, except `name`. */
  async #unused(name: string | null): Promise<IDBValidKey[]> {
    const { held = [] } = await navigator.locks.query();
    const locks = new Set(held.map((lock) => lock.name));
    const keys = await request('readonly', (store) => store.getAllKeys());
    return keys.filter((key) => key !== name && !locks.has(LOCK_PREFIX + String(key)));
  }

  async #remove(): Promise<void> {
    const kept = this.#kept;
    if (!kept) return;
    this.#kept = null;
    // If this fails, the file is removed the next time a window opens.
    await request('readwrite', (store) => store.delete(kept.name)).catch(() => undefined);
    kept.release();
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}

/** Text that tells the user that a file could not be stored. */
export function notKeptText(error: unknown): string {
  return `If this window is reloaded, you will have to choose the file again. ${messageOf(error)}`;
}

/** Acquires a lock and holds it until the returned function is called or the window closes. */
function holdLock(name: string): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  navigator.locks?.request(name, () => held).catch(() => undefined);
  return release;
}

/** Makes one request to the store. Resolves when the transaction is complete. */
async function request<T>(
  mode: IDBTransactionMode,
  start: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await openDatabase();
  try {
    const transaction = database.transaction(STORE, mode);
    const started = start(transaction.objectStore(STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('The file could not be stored.'));
    });
    return started.result;
  } finally {
    database.close();
  }
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    if (typeof indexedDB === 'undefined') throw new Error('There is no storage for files.');
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error ?? new Error('The storage for files could not be opened.'));
  });
}
