import type { Track } from 'moq-net';
import type { Publication } from '../origin/origin.ts';

/**
 * How long what is read ahead waits for its reader, in milliseconds: the window is told of the new broadcast within
 * 0.1 s, and reads the catalog before it asks for the rest.
 */
export const WARM_MS = 5_000;

/**
 * Reads tracks of a broadcast before anybody asks, so that its publisher encodes and sends while the window still gets
 * ready: after a loss each question that goes to the peer first is a round trip more without a picture. Whoever reads
 * the track joins the same subscription. Returns what ends it early.
 */
export function readAhead(publication: Publication, tracks: readonly string[]): () => void {
  for (const name of tracks) {
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
