import type { Broadcast } from 'moq-net';
import { Path } from 'moq-net';
import { Emitter, type Readable, Store } from '../../common/store.ts';

/**
 * Path → broadcast. Everything that moves media is a session attached to one Origin: it publishes what its peer
 * announced, and is told what appears and disappears.
 *
 * A path may be published more than once (a publisher that comes back before its old session timed out): the newest
 * one is the path's broadcast, and when that one goes the one below shows again.
 */
export interface PublishOptions {
  /** Who publishes: a session is never offered its own broadcasts. */
  by: object;
  /** Whether the source can answer TRACK requests, which moq-lite has from 05 on. */
  hasTrackInfo: boolean;
}

export class Publication {
  readonly path: Path.Valid;
  readonly source: Broadcast.Consumer;
  readonly by: object;
  readonly hasTrackInfo: boolean;
  /** Each reader's open subscriptions, by track. */
  readonly #readers = new Map<object, Map<string, number>>();
  readonly #readerCount = new Store(0);
  readonly #events = new Emitter<{ readersChanged: null }>();
  readonly #remove: (publication: Publication) => void;
  #closed = false;

  constructor(
    path: Path.Valid,
    source: Broadcast.Consumer,
    options: PublishOptions,
    remove: (publication: Publication) => void,
  ) {
    this.path = path;
    this.source = source;
    this.by = options.by;
    this.hasTrackInfo = options.hasTrackInfo;
    this.#remove = remove;
  }

  /** How many sessions read at least one of its media tracks now. */
  get readers(): Readable<number> {
    return this.#readerCount;
  }

  /** Hears of each media track that a session begins or ends to read. Returns the unsubscriber. */
  onReadersChanged(listener: () => void): () => void {
    return this.#events.on('readersChanged', listener);
  }

  isReadBy(reader: object): boolean {
    return this.#readers.has(reader);
  }

  /** The media tracks that `reader` reads now, each once. */
  tracksReadBy(reader: object): Iterable<string> {
    return this.#readers.get(reader)?.keys() ?? [];
  }

  /** Counts one open subscription of `reader` to a track; the returned function ends it, once. */
  countReader(reader: object, track: string): () => void {
    const tracks = this.#readers.get(reader) ?? new Map<string, number>();
    tracks.set(track, (tracks.get(track) ?? 0) + 1);
    this.#readers.set(reader, tracks);
    this.#readersChanged();
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      const left = (tracks.get(track) ?? 1) - 1;
      if (left > 0) tracks.set(track, left);
      else tracks.delete(track);
      if (tracks.size === 0) this.#readers.delete(reader);
      this.#readersChanged();
    };
  }

  #readersChanged(): void {
    this.#readerCount.set(this.#readers.size);
    this.#events.emit('readersChanged', null);
  }

  /** Takes the broadcast off its path and releases it. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#remove(this);
    this.source.close();
  }
}

/** The broadcast at a path changed: `current` is what is there now. */
export interface OriginEvent {
  path: Path.Valid;
  current: Publication | undefined;
}

export type OriginListener = (event: OriginEvent) => void;

export class Origin {
  readonly #paths = new Map<Path.Valid, Publication[]>();
  readonly #watchers = new Set<{ prefix: Path.Valid; listener: OriginListener }>();

  /**
   * Publishes a broadcast at a path. The Origin takes over the consumer handle and closes it with the publication;
   * the publication closes by itself when its source does.
   */
  publish(path: Path.Valid, source: Broadcast.Consumer, options: PublishOptions): Publication {
    const publication = new Publication(path, source, options, (ended) => this.#remove(ended));
    const stack = this.#paths.get(path) ?? [];
    stack.push(publication);
    this.#paths.set(path, stack);
    void Promise.resolve(source.closed).then(() => publication.close());
    this.#notify(path);
    return publication;
  }

  /** The broadcast at exactly this path. */
  get(path: Path.Valid): Publication | undefined {
    return this.#paths.get(path)?.at(-1);
  }

  /** All broadcasts at or below a prefix. */
  list(prefix: Path.Valid = Path.empty()): Publication[] {
    const found: Publication[] = [];
    for (const [path, stack] of this.#paths) {
      const top = stack.at(-1);
      if (top && Path.hasPrefix(prefix, path)) found.push(top);
    }
    return found;
  }

  /** Hears of each broadcast at or below a prefix, first of those that are there. Returns the unsubscriber. */
  watch(prefix: Path.Valid, listener: OriginListener): () => void {
    const watcher = { prefix, listener };
    this.#watchers.add(watcher);
    for (const current of this.list(prefix)) listener({ path: current.path, current });
    return () => void this.#watchers.delete(watcher);
  }

  #remove(publication: Publication): void {
    const stack = this.#paths.get(publication.path);
    const index = stack?.indexOf(publication) ?? -1;
    if (!stack || index < 0) return;
    const wasTop = index === stack.length - 1;
    stack.splice(index, 1);
    if (stack.length === 0) this.#paths.delete(publication.path);
    if (wasTop) this.#notify(publication.path);
  }

  #notify(path: Path.Valid): void {
    const event: OriginEvent = { path, current: this.get(path) };
    for (const watcher of [...this.#watchers]) {
      if (Path.hasPrefix(watcher.prefix, path)) watcher.listener(event);
    }
  }
}
