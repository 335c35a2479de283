import type { Track } from 'moq-net';
import type { Publication } from '../origin/origin.ts';

/**
 * How long what is read ahead waits for its reader, in milliseconds: the window is told of the new broadcast within
 * 0.1 s, and reads the catalog before it asks for the rest.
 */
export const WARM_MS = 5_000;

/** What is always read in a call, beside the media. */
const CATALOG_TRACK = 'catalog.json';

/** A call that comes back is seen at once: what was read of it before is asked for before the window can. */
export class Warm {
  /** What came from the peer last, and which of its tracks were read when its link ended. */
  #heard: Publication | undefined;
  #read: readonly string[] = [];
  #end: () => void = () => undefined;

  /** The peer's broadcast is there. */
  came(current: Publication): void {
    const read = this.#read.length > 0 ? this.#read : (this.#heard?.tracksRead ?? []);
    this.#heard = current;
    this.#read = [];
    // One at a time: a peer that publishes again and again must not pile them up.
    this.#end();
    if (read.length > 0) this.#end = readAhead(current, [CATALOG_TRACK, ...read]);
  }

  /** The link is gone: its broadcast ends, and with it what says who reads. */
  lost(): void {
    this.#read = this.#heard?.tracksRead ?? [];
  }

  close(): void {
    this.#end();
  }
}

/**
 * Reads tracks of a broadcast before anybody asks, so that its publisher encodes and sends while the window still gets
 * ready: after a loss each question that goes to the peer first is a round trip more without a picture. Whoever reads
 * the track joins the same subscription. Returns what ends it early.
 */
export function readAhead(publication: Publication, tracks: readonly string[]): () => void {
  for (const name of tracks) {
    // One that is not there any more is asked for again by who reads it, and hears why.
    if (publication.hasTrackInfo) publication.trackInfo(name).catch(() => undefined);
  }
  const readers: Track.Subscriber[] = tracks.map((name) => publication.source.subscribe(name));
  const end = () => {
    clearTimeout(timer);
    for (const reader of readers.splice(0)) reader.close();
  };
  const timer = setTimeout(end, WARM_MS);
  return end;
}
