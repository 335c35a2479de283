import type { Broadcast, Track } from 'moq-net';
import { Path } from 'moq-net';
import { type Readable, Store } from '../../common/store.ts';

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
  readonly #readers = new Map<object, number>();
  /** Media tracks by name: how often each is read, and when that ended. */
  readonly #tracks = new Map<string, { open: number; endedAtMs: number }>();
  readonly #infos = new Map<string, Promise<Track.Info>>();
  readonly #readerCount = new Store(0);
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
    const sinceMs = performance.now() - JUST_ENDED_MS;
    return [...this.#tracks].flatMap(([name, { open, endedAtMs }]) =>
      open > 0 || endedAtMs > sinceMs ? [name] : [],
    );
  }

  /** Counts one open subscription of `reader` to a track; the returned function ends it, once. */
  countReader(reader: object, name: string): () => void {
    this.#readers.set(reader, (this.#readers.get(reader) ?? 0) + 1);
    this.#readerCount.set(this.#readers.size);
    const track = this.#tracks.get(name) ?? { open: 0, endedAtMs: 0 };
    track.open += 1;
    this.#tracks.set(name, track);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      track.open -= 1;
      track.endedAtMs = performance.now();
      this.#forgetTracks();
      const left = (this.#readers.get(reader) ?? 1) - 1;
      if (left > 0) this.#readers.set(reader, left);
      else this.#readers.delete(reader);
      this.#readerCount.set(this.#readers.size);
    };
  }

  /** Names are the reader's to choose: those that nobody reads are kept for as long as they are of use. */
  #forgetTracks(): void {
    const sinceMs = performance.now() - JUST_ENDED_MS;
    for (const [name, { open, endedAtMs }] of this.#tracks) {
      if (open === 0 && endedAtMs < sinceMs) this.#tracks.delete(name);
    }
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
