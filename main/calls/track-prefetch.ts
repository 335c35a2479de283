import type { Track } from 'moq-net';
import type { Publication } from '../origin/origin.ts';

/**
 * How long a prefetched track waits for its reader, in milliseconds. The window learns of the new broadcast
 * within 0.1 s and must read the catalog before it subscribes to the other tracks.
 */
export const PREFETCH_MS = 5_000;

/** The track that a call always reads, in addition to media tracks. */
const CATALOG_TRACK = 'catalog.json';

/**
 * Shortens the gap in the media after a reconnect, by subscribing to the previously read tracks before the window
 * does.
 */
export class TrackPrefetch {
  /** The peer's newest broadcast, and the tracks that were read when the connection was lost. */
  #publication: Publication | undefined;
  #tracksRead: readonly string[] = [];
  #stop: () => void = () => undefined;

  /** Must be called when the peer has published its broadcast. */
  broadcastAppeared(publication: Publication): void {
    const tracks = this.#tracksRead.length > 0 ? this.#tracksRead : (this.#publication?.tracksRead ?? []);
    this.#publication = publication;
    this.#tracksRead = [];
    // Only one prefetch runs at a time, so a peer that publishes again and again cannot accumulate prefetches.
    this.#stop();
    if (tracks.length > 0) this.#stop = prefetchTracks(publication, [CATALOG_TRACK, ...tracks]);
  }

  /**
   * Remembers which tracks are being read. Must be called before the broadcast ends, because ending it
   * discards its readers.
   */
  connectionLost(): void {
    this.#tracksRead = this.#publication?.tracksRead ?? [];
  }

  close(): void {
    this.#stop();
  }
}

/**
 * Subscribes to a broadcast's tracks before the window does, and shares the subscriptions with it. After a
 * connection loss, this saves a round trip for each track. Returns a function that ends the prefetch early.
 */
export function prefetchTracks(publication: Publication, tracks: readonly string[]): () => void {
  for (const name of tracks) {
    // The error is ignored here: if a track no longer exists, its reader requests it again and receives the
    // error.
    if (publication.hasTrackInfo) publication.trackInfo(name).catch(() => undefined);
  }
  const readers: Track.Subscriber[] = tracks.map((name) => publication.source.subscribe(name));
  const stop = () => {
    clearTimeout(timer);
    for (const reader of readers.splice(0)) reader.close();
  };
  const timer = setTimeout(stop, PREFETCH_MS);
  return stop;
}
