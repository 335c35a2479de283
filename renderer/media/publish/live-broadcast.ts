import { PRIORITY, type Root, TRACK } from '@moq/hang/catalog';
import { Broadcast } from '@moq/net';
import { nowUs } from '../sources/media-clock.ts';
import { LiveTrack } from './live-track.ts';

/** A published broadcast with its catalog and tracks. It outlives the sessions that publish it. */
export class LiveBroadcast {
  readonly #producers = new Set<Broadcast.Producer>();
  readonly #tracks = new Map<string, LiveTrack>();
  readonly #catalog = new LiveTrack(TRACK, PRIORITY.catalog);
  #catalogBytes: Uint8Array | undefined;
  #catalogJson = '';

  constructor() {
    this.#catalog.onReadersChanged = (readerCount) => {
      if (readerCount > 0) this.#writeCatalog();
    };
    this.#tracks.set(TRACK, this.#catalog);
  }

  /** Opens a producer for a session to publish. The session closes the producer when it ends. */
  openProducer(): Broadcast.Producer {
    const producer = new Broadcast.Producer();
    this.#producers.add(producer);
    // If the session breaks, the producer closes with an error. The error is ignored here, because the
    // session itself reports it.
    this.#serve(producer).catch(() => this.#producers.delete(producer));
    return producer;
  }

  /** Returns the media track of this name, created on the first call. */
  track(name: string, kind: 'audio' | 'video'): LiveTrack {
    const existing = this.#tracks.get(name);
    if (existing) return existing;
    const track = new LiveTrack(name, PRIORITY[kind]);
    this.#tracks.set(name, track);
    return track;
  }

  /** Ends a track. Afterward, its name can be used again. */
  endTrack(name: string): void {
    this.#tracks.get(name)?.close();
    this.#tracks.delete(name);
  }

  /** Publishes a new catalog if it differs from the current one. */
  setCatalog(root: Root): void {
    const json = JSON.stringify(root);
    if (json === this.#catalogJson) return;
    this.#catalogJson = json;
    this.#catalogBytes = new TextEncoder().encode(json);
    this.#writeCatalog();
  }

  /** Unpublishes the broadcast and ends all tracks. Idempotent. */
  close(): void {
    for (const track of this.#tracks.values()) track.close();
    this.#tracks.clear();
    for (const producer of this.#producers) producer.close();
    this.#producers.clear();
  }

  /**
   * Writes the complete catalog as a separate group, because even the oldest readers understand that form.
   * The group stays open until the next one, because main and the relays discard closed groups after a few
   * seconds and later readers would get no catalog.
   */
  #writeCatalog(): void {
    if (!this.#catalogBytes) return;
    this.#catalog.write(this.#catalogBytes, nowUs(), true);
  }

  async #serve(producer: Broadcast.Producer): Promise<void> {
    for (;;) {
      const request = await producer.requested();
      if (!request) break;
      const track = this.#tracks.get(request.name);
      if (track) track.accept(request);
      else request.reject(new Error('no such track'));
    }
    this.#producers.delete(producer);
  }
}
