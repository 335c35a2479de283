import { z } from 'zod';
import { trackName } from './fields.ts';

/** Maximum number of tracks in an `Uplink`, and in each of its readers. */
export const MAX_UPLINK_TRACKS = 32;
/** Maximum length of an Origin path in an `Uplink`, in characters. */
const MAX_PATH_CHARS = 1_000;

/**
 * How one of the user's broadcasts reaches its readers. A reader is a session: a viewer, the peer in a call, or a
 * relay, regardless of the number of viewers behind it.
 */
export const uplinkSchema = z.object({
  /** The broadcast's Origin path, such as `live/<name>` or `calls/<id>/out`. */
  path: z.string().max(MAX_PATH_CHARS),
  /** The tracks that are being read. */
  tracks: z.array(z.object({ name: trackName, readers: z.number().int().min(1) })).max(MAX_UPLINK_TRACKS),
  /** The readers that are the only reader of at least one track. */
  soleReaders: z
    .array(
      z.object({
        /** All tracks that the reader reads. */
        tracks: z.array(trackName).max(MAX_UPLINK_TRACKS),
        /**
         * The bit rate that the connection to the reader can carry without a queue, including all packet
         * overhead. Null while no limit is known.
         */
        limitBps: z.number().min(0).nullable(),
      }),
    )
    .max(MAX_UPLINK_TRACKS),
});
/** How one of the user's broadcasts reaches its readers. */
export type Uplink = z.infer<typeof uplinkSchema>;
