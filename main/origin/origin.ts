import type { Broadcast, Track } from 'moq-net';
import { Path } from 'moq-net';
import { once } from '../../common/base/once.ts';
import { Emitter, type Readable, Store } from '../../common/base/store.ts';
import { LruMap } from '../base/lru-map.ts';
import { AnnouncementFeed } from './announcement-feed.ts';
import { AnnouncementLimits, type AnnouncementLimitValues } from './announcement-limits.ts';
import {
  insertionIndex,
  isSamePublisher,
  PathOwners,
  type PublisherIdentity,
  type PublisherIds,
  sharesId,
} from './path-owners.ts';
import { requestWithSubscription } from './track-request.ts';

/**
 * How a broadcast is published on the Origin, and by whom. A broadcast is never published back to the session that it came
 * from.
 */
export interface PublishOptions extends PublisherIdentity {
  /** Whether the source answers TRACK requests, which moq-lite supports from version 05. */
  hasTrackInfo: boolean;
}

/**
 * Maximum number of tracks per broadcast whose properties are cached. A broadcast has only a few tracks, but
 * readers may request any name.
 */
const MAX_INFOS = 64;
/**
 * How long `tracksRead` includes a track after its last reader leaves, in ms. Readers also leave when the
 * broadcast ends.
 */
const JUST_ENDED_MS = 500;

/** A broadcast that is published at an Origin path. */
export class Publication {
  readonly path: Path.Valid;
  readonly source: Broadcast.Consumer;
  readonly by: object;
  readonly publisher: PublisherIds | undefined;
  readonly hasTrackInfo: boolean;
  /** Number of open subscriptions, by reader and then by track. */
  readonly #readers = new Map<object, Map<string, number>>();
  /** The last report from each reader that serves several viewers. */
  readonly #viewersBehind = new Map<object, { viewers: number }>();
  /** When a reader last left each track, from `performance.now()`. */
  readonly #leftAtMs = new Map<string, number>();
  readonly #infos = new LruMap<Promise<Track.Info>>(MAX_INFOS);
  readonly #readerCount = new Store(0);
  readonly #viewerCount = new Store(0);
  readonly #events = new Emitter<{ readersChanged: null }>();
  readonly #remove: (publication: Publication, held: boolean) => void;
  #closed = false;

  constructor(
    path: Path.Valid,
    source: Broadcast.Consumer,
    options: PublishOptions,
    remove: (publication: Publication, held: boolean) => void,
  ) {
    this.path = path;
    this.source = source;
    this.by = options.by;
    this.publisher = options.publisher;
    this.hasTrackInfo = options.hasTrackInfo;
    this.#remove = remove;
  }

  /** Number of sessions that read at least one video or audio track of the broadcast. */
  get readers(): Readable<number> {
    return this.#readerCount;
  }

  /**
   * Number of viewers: like `readers`, but a relay that reports its viewers counts as that many. Those viewers
   * may be behind further relays.
   */
  get viewers(): Readable<number> {
    return this.#viewerCount;
  }

  /**
   * Calls `listener` whenever a session starts or stops reading a video or audio track. Returns the function
   * that unsubscribes it.
   */
  onReadersChanged(listener: () => void): () => void {
    return this.#events.on('readersChanged', listener);
  }

  /** Whether `reader` reads at least one video or audio track. */
  isReadBy(reader: object): boolean {
    return this.#readers.has(reader);
  }

  /**
   * Returns a track's properties. They are cached, because a request costs a round trip. The first request also
   * subscribes to the track for a moment (see `requestWithSubscription`). Rejects if the publisher does not answer.
   */
  trackInfo(name: string): Promise<Track.Info> {
    const known = this.#infos.get(name);
    if (known) return known;
    const requested = requestWithSubscription(this.source, name);
    this.#infos.set(name, requested);
    // Failures are not cached, because the track may exist by the time of the next request.
    requested.catch(() => this.#infos.delete(name));
    return requested;
  }

  /**
   * Returns the number of viewers that `reader` serves. Only a relay reports this number; any other reader is
   * one viewer.
   *
   * @param unreported the number for a reader that has not reported one
   */
  viewersBehind(reader: object, unreported = 1): number {
    return this.#viewersBehind.get(reader)?.viewers ?? unreported;
  }

  /** Stores the number of viewers that a reader reports. Returns the function that withdraws the report. */
  setViewersBehind(reader: object, viewers: number): () => void {
    const report = { viewers };
    this.#viewersBehind.set(reader, report);
    this.#readersChanged();
    return once(() => {
      if (this.#viewersBehind.get(reader) !== report) return;
      this.#viewersBehind.delete(reader);
      this.#readersChanged();
    });
  }

  /** Names of the video and audio tracks that are being read or were read within the last `JUST_ENDED_MS`. */
  get tracksRead(): string[] {
    this.#forgetTracks();
    const open = [...this.#readers.values()].flatMap((tracks) => [...tracks.keys()]);
    return [...new Set([...open, ...this.#leftAtMs.keys()])];
  }

  /** The readers of at least one video or audio track. */
  get readingSessions(): Iterable<object> {
    return this.#readers.keys();
  }

  /** Returns the names of the video and audio tracks that `reader` reads, without duplicates. */
  tracksReadBy(reader: object): Iterable<string> {
    return this.#readers.get(reader)?.keys() ?? [];
  }

  /** Counts a subscription by `reader` to a track. Returns the function that ends the subscription. */
  addReader(reader: object, track: string): () => void {
    const tracks = this.#readers.get(reader) ?? new Map<string, number>();
    tracks.set(track, (tracks.get(track) ?? 0) + 1);
    this.#readers.set(reader, tracks);
    this.#readersChanged();
    return once(() => {
      const left = (tracks.get(track) ?? 1) - 1;
      if (left > 0) tracks.set(track, left);
      else tracks.delete(track);
      if (tracks.size === 0) this.#readers.delete(reader);
      this.#forgetTracks();
      this.#leftAtMs.set(track, performance.now());
      this.#readersChanged();
    });
  }

  /**
   * Removes expired entries. Otherwise the map would grow without limit, because readers may request any
   * track name.
   */
  #forgetTracks(): void {
    const sinceMs = performance.now() - JUST_ENDED_MS;
    for (const [name, leftAtMs] of this.#leftAtMs) if (leftAtMs < sinceMs) this.#leftAtMs.delete(name);
  }

  #readersChanged(): void {
    this.#readerCount.set(this.#readers.size);
    this.#viewerCount.set(
      [...this.#readers.keys()].reduce((sum, reader) => sum + this.viewersBehind(reader), 0),
    );
    this.#events.emit('readersChanged', null);
  }

  /**
   * Removes the broadcast from its path and closes its source. Idempotent.
   *
   * @param options.held whether the path stays reserved for the publisher for a few seconds, because its
   * session was lost
   */
  close({ held = false }: { held?: boolean } = {}): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#remove(this, held);
    this.source.close();
  }
}

/** A change of the broadcast at a path. `current` is the new broadcast, or undefined if there is none. */
export interface OriginEvent {
  path: Path.Valid;
  current: Publication | undefined;
}

/** Called for each change in the Origin. */
export type OriginListener = (event: OriginEvent) => void;

/**
 * Maps paths to broadcasts. Every sender and receiver of media is a session attached to one Origin. The
 * session publishes what its peer announces, and is notified when broadcasts appear and disappear.
 *
 * Several broadcasts may be published at one path. A publisher that reconnects replaces its own broadcast; if
 * the new one ends, the previous one becomes current again. Other publishers wait until the path is free.
 */
export class Origin {
  readonly #paths = new Map<Path.Valid, Publication[]>();
  /** The listeners by prefix. A change therefore has no cost for listeners of other paths. */
  readonly #watchers = new Map<Path.Valid, Set<OriginListener>>();
  readonly #owners: PathOwners;

  /** Notifies the readers of announcements about changes. */
  readonly announcements = new AnnouncementFeed();
  /** The limits on the announcements of all sessions. */
  readonly limits: AnnouncementLimits;

  /**
   * @param options.limits default: `ANNOUNCEMENT_LIMITS`
   * @param options.holdMs for tests: how long a path stays reserved for a publisher whose session was lost,
   * in ms
   */
  constructor({ limits, holdMs }: { limits?: AnnouncementLimitValues; holdMs?: number } = {}) {
    this.limits = new AnnouncementLimits(limits);
    this.#owners = new PathOwners((path) => this.#notify(path), holdMs);
  }

  /**
   * Publishes a broadcast at a path, or queues it if the path belongs to another publisher (see `isCurrent`).
   * Closing the publication closes `source`, and vice versa.
   */
  publish(path: Path.Valid, source: Broadcast.Consumer, options: PublishOptions): Publication {
    const publication = new Publication(path, source, options, (ended, held) => this.#remove(ended, held));
    const stack = this.#paths.get(path) ?? [];
    const holder = this.#owners.holder(path);
    const top = stack.at(-1);
    const isOwner =
      holder === undefined
        ? top === undefined || isSamePublisher(top, publication)
        : sharesId(holder, publication.publisher);
    stack.splice(insertionIndex(stack, publication, isOwner), 0, publication);
    this.#paths.set(path, stack);
    if (isOwner) this.#owners.release(path);
    void Promise.resolve(source.closed).then(() => publication.close());
    this.#notify(path);
    return publication;
  }

  /** Returns the broadcast at exactly this path, or undefined if there is none. */
  get(path: Path.Valid): Publication | undefined {
    return this.#owners.holder(path) === undefined ? this.#paths.get(path)?.at(-1) : undefined;
  }

  /**
   * Whether a publication is the current broadcast at its path. If not, it has ended or is waiting for the
   * path.
   */
  isCurrent(publication: Publication): boolean {
    return this.get(publication.path) === publication;
  }

  /**
   * Iterates over the paths of all broadcasts, including those published during the iteration and paths that
   * are reserved for a lost publisher.
   */
  paths(): Iterable<Path.Valid> {
    return this.#paths.keys();
  }

  /** Returns all broadcasts at or under a prefix. */
  list(prefix: Path.Valid = Path.empty()): Publication[] {
    const found: Publication[] = [];
    for (const path of this.#paths.keys()) {
      const current = Path.hasPrefix(prefix, path) ? this.get(path) : undefined;
      if (current) found.push(current);
    }
    return found;
  }

  /**
   * Calls `listener` for each broadcast at or under a prefix: immediately for the current ones, then after
   * each change. Returns a function that unsubscribes.
   */
  watch(prefix: Path.Valid, listener: OriginListener): () => void {
    // Each call registers its own function, because the same listener may be added twice for one prefix.
    const watcher: OriginListener = (event) => listener(event);
    const watchers = this.#watchers.get(prefix) ?? new Set();
    this.#watchers.set(prefix, watchers.add(watcher));
    for (const current of this.list(prefix)) listener({ path: current.path, current });
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(prefix) === watchers) this.#watchers.delete(prefix);
    };
  }

  #remove(publication: Publication, held: boolean): void {
    const stack = this.#paths.get(publication.path);
    const index = stack?.indexOf(publication) ?? -1;
    if (!stack || index < 0) return;
    const wasCurrent = this.isCurrent(publication);
    stack.splice(index, 1);
    if (stack.length === 0) this.#paths.delete(publication.path);
    if (!wasCurrent) return;
    const next = stack.at(-1);
    const continues = next !== undefined && isSamePublisher(next, publication);
    if (held && !continues) this.#owners.hold(publication.path, publication.publisher);
    this.#notify(publication.path);
  }

  #notify(path: Path.Valid): void {
    const event: OriginEvent = { path, current: this.get(path) };
    this.announcements.notify(path);
    for (const prefix of prefixesOf(path)) {
      for (const watcher of [...(this.#watchers.get(prefix) ?? [])]) watcher(event);
    }
  }
}

/** Returns all prefixes of a path, from the empty path to the path itself. */
function prefixesOf(path: Path.Valid): Path.Valid[] {
  let prefix = Path.empty();
  const prefixes = [prefix];
  for (const part of Path.parts(path)) {
    prefix = Path.join(prefix, Path.from(part));
    prefixes.push(prefix);
  }
  return prefixes;
}
