import type { Path } from 'moq-net';

/** A reader of announcements. */
export interface FeedReader {
  /** Must announce the changes at these Origin paths. */
  update(paths: readonly Path.Valid[]): void;
  /** Must start comparing all broadcasts with those that have been announced, and announce the differences. */
  refresh(): void;
  /** Must continue the work that the reader could not finish within the limit for one call. */
  resume(): void;
}

/**
 * Maximum time spent on updating readers per turn of the event loop, in ms. The last update may exceed it by
 * a few milliseconds.
 */
const SLICE_MS = 4;
/** If more paths than this have changed, readers compare all broadcasts, which they do in small steps. */
const MAX_CHANGED = 64;

/**
 * Tells the readers of announcements which paths have changed. Changes at the same path are combined, and
 * readers are updated in later turns of the event loop, a few at a time.
 */
export class AnnouncementFeed {
  readonly #readers = new Set<FeedReader>();
  readonly #changed = new Set<Path.Valid>();
  /** Readers that need a full comparison. */
  readonly #refreshes = new Set<FeedReader>();
  /** Readers that have not finished their work. */
  readonly #resumptions = new Set<FeedReader>();
  #running = false;

  /** Adds a reader and refreshes it soon. Returns the function that removes it. */
  add(reader: FeedReader): () => void {
    this.#readers.add(reader);
    this.requestRefresh(reader);
    return () => {
      this.#readers.delete(reader);
      this.#refreshes.delete(reader);
      this.#resumptions.delete(reader);
    };
  }

  /** Refreshes a reader soon. */
  requestRefresh(reader: FeedReader): void {
    if (!this.#readers.has(reader)) return;
    this.#refreshes.add(reader);
    this.#start();
  }

  /** Resumes a reader soon. */
  requestResume(reader: FeedReader): void {
    if (!this.#readers.has(reader)) return;
    this.#resumptions.add(reader);
    this.#start();
  }

  /** Reports that the broadcast at a path has changed. */
  notify(path: Path.Valid): void {
    if (this.#readers.size === 0) return;
    this.#changed.add(path);
    this.#start();
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    await nextTurn();
    let sliceEndMs = performance.now() + SLICE_MS;
    while (this.#changed.size + this.#refreshes.size + this.#resumptions.size > 0) {
      const changed = [...this.#changed];
      this.#changed.clear();
      const waiting = new Set([...this.#refreshes, ...this.#resumptions]);
      for (const reader of changed.length > 0 ? [...this.#readers] : waiting) {
        if (performance.now() > sliceEndMs) {
          await nextTurn();
          sliceEndMs = performance.now() + SLICE_MS;
        }
        if (this.#readers.has(reader)) this.#runReader(reader, changed);
      }
    }
    this.#running = false;
  }

  #runReader(reader: FeedReader, changed: readonly Path.Valid[]): void {
    if (this.#refreshes.delete(reader) || changed.length > MAX_CHANGED) {
      this.#resumptions.delete(reader);
      reader.refresh();
      return;
    }
    if (changed.length > 0) reader.update(changed);
    if (this.#resumptions.delete(reader)) reader.resume();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
