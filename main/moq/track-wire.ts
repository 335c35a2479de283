import { Path, type Track, Varint } from 'moq-net';
import type { WireReader } from './wire-reader.ts';
import { withLength } from './wire-writer.ts';

/** Decodes and encodes the messages about single tracks in moq-lite 05 (`js/net/src/lite` in moq-dev/moq). */

/** A TRACK message, which asks for a track's properties. */
export interface TrackMessage {
  broadcast: Path.Valid;
  track: string;
}

/** A FETCH message, which asks for one group of a track. */
export interface FetchMessage extends TrackMessage {
  /** The priority from 0 to 255. Tracks with a higher number are sent first. */
  priority: number;
  /** Sequence number of the group. */
  group: number;
}

/**
 * Decodes the body of a TRACK message.
 *
 * @throws Error if it is malformed
 */
export function decodeTrack(body: WireReader): TrackMessage {
  const message = trackOf(body);
  body.end();
  return message;
}

/**
 * Decodes the body of a FETCH message.
 *
 * @throws Error if it is malformed
 */
export function decodeFetch(body: WireReader): FetchMessage {
  const message = trackOf(body);
  const [priority = 0] = body.bytes(1);
  const group = body.varint();
  body.end();
  return { ...message, priority, group };
}

/** Encodes TRACK_INFO, the answer to TRACK. */
export function encodeTrackInfo({ priority, ordered, latencyMax, timescale }: Track.Info): Uint8Array {
  const flags = Uint8Array.of(priority, ordered ? 1 : 0);
  return withLength(flags, Varint.encode(latencyMax), Varint.encode(timescale));
}

function trackOf(body: WireReader): TrackMessage {
  return { broadcast: Path.decode(body.text()), track: body.text() };
}
