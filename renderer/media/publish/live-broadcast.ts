import { PRIORITY, type Root, TRACK } from '@moq/hang/catalog';
import { Broadcast } from '@moq/net';
import { nowUs } from '../sources/media-clock.ts';
import { TrackFeed } from './track-feed.ts';

/** A broadcast of ours: its catalog, and the tracks that can be read now. It lives on while sessions come and go. */
export class LiveBroadcast {
  readonly #producers = new Set<Broadcast.Producer>();
  readonly #feeds = new Map<string, TrackFeed>();
  readonly #catalog = new TrackFeed(TRACK, PRIORITY.catalog);
  #catalogBytes: Uint8Array | undefined;
  #catalogJson = '';

  constructor() {
    this.#catalog.onDemand = (readers) => {
      if (readers > 0) this.#writeCatalog();
    };
    this.#feeds.set(TRACK, this.#catalog);
  }

  /** What one session publishes: a session that ends closes what it published. */
  open(): Broadcast.Producer {
    const producer = new Broadcast.Producer();
    this.#producers.add(producer);
    // A session that breaks ends its broadcast with an error, which is its own to tell.
    this.#serve(producer).catch(() => this.#producers.delete(producer));
    return producer;
  }

  /** The feed of a media track, made when first asked for. */
  feed(name: string, kind: 'audio' | 'video'): TrackFeed {
    const existing = this.#feeds.get(name);
    if (existing) return existing;
    const feed = new TrackFeed(name, PRIORITY[kind]);
    this.#feeds.set(name, feed);
    return feed;
  }

  /** Ends a track. Its name can be used again. */
  endFeed(name: string): void {
    this.#feeds.get(name)?.close();
    this.#feeds.delete(name);
  }

  setCatalog(root: Root): void {
    const json = JSON.stringify(root);
    if (json === this.#catalogJson) return;
    this.#catalogJson = json;
    this.#catalogBytes = new TextEncoder().encode(json);
    this.#writeCatalog();
  }

  /** Unpublishes, and ends all tracks. Idempotent. */
  close(): void {
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
    for (const producer of this.#producers) producer.close();
    this.#producers.clear();
  }

  /**
   * Whole in a group of its own each time, which the oldest readers understand too. The group stays open until the
   * next one: main and relays forget what was closed after some seconds, and who joins later got no catalog.
   */
  #writeCatalog(): void {
    if (!this.#catalogBytes) return;
    this.#catalog.write(this.#catalogBytes, nowUs(), true);
  }

  async #serve(producer: Broadcast.Producer): Promise<void> {
    for (;;) {
      const request = await producer.requested();
      if (!request) break;
      const feed = this.#feeds.get(request.name);
      if (feed) feed.accept(request);
      else request.reject(new Error('no such track'));
    }
    this.#producers.delete(producer);
  }
}
