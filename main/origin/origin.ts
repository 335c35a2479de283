import type { Broadcast, Track } from 'moq-net';
import { Path } from 'moq-net';
import { Emitter, type Readable, Store } from '../../common/base/store.ts';

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

/** Tracks of one broadcast whose properties are kept: a broadcast has a handful; names are the reader's to choose. */
const MAX_INFOS = 64;
/** A broadcast that ends takes its readers along; for this long, in milliseconds, it can be said what they read. */
const JUST_ENDED_MS = 500;

export class Publication {
  readonly path: Path.Valid;
  readonly source: Broadcast.Consumer;
  readonly by: object;
  readonly hasTrackInfo: boolean;
  /** Each reader's open subscriptions, by track. */
  readonly #readers = new Map<object, Map<string, number>>();
  /** When the last reader of a track left it. */
  readonly #left = new Map<string, number>();
  readonly #infos = new Map<string, Promise<Track.Info>>();
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

  /** What does not change about a track: asked for once, since each question costs a round trip to the publisher. */
  trackInfo(name: string): Promise<Track.Info> {
    const known = this.#infos.get(name);
    if (known) return known;
    const asked = this.source.resolveTrackInfo(name);
    this.#infos.set(name, asked);
    const [oldest] = this.#infos.keys();
    if (this.#infos.size > MAX_INFOS && oldest !== undefined) this.#infos.delete(oldest);
    // One that does not exist yet may be there the next time.
    asked.catch(() => this.#infos.delete(name));
    return asked;
  }

  /** The media tracks that are read, or were when the broadcast ended a moment ago. */
  get tracksRead(): string[] {
    this.#forgetTracks();
    const open = [...this.#readers.values()].flatMap((tracks) => [...tracks.keys()]);
    return [...new Set([...open, ...this.#left.keys()])];
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
      this.#forgetTracks();
      this.#left.set(track, performance.now());
      this.#readersChanged();
    };
  }

  /** Names are the reader's to choose: those that nobody reads are kept for as long as they are of use. */
  #forgetTracks(): void {
    const sinceMs = performance.now() - JUST_ENDED_MS;
    for (const [name, leftAtMs] of this.#left) if (leftAtMs < sinceMs) this.#left.delete(name);
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
