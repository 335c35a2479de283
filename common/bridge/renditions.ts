/** The resolutions that a publisher can send. Each name contains the number of lines. */
export const resolutions = ['180p', '360p', '720p', '1080p'] as const;
/** A resolution that a publisher can send. */
export type Resolution = (typeof resolutions)[number];

/**
 * The preference for automatic rendition selection. Any other preference is a track name, such as `video/h264-720p`.
 */
export const AUTO = 'auto';

/** A rendition in the catalog. */
export interface RenditionOffer {
  /** The track name. */
  name: string;
  width: number;
  height: number;
  framesPerSecond: number;
  /** The encoder's target bit rate. */
  bitrateBps: number;
  /**
   * The bit rate to which the publisher reduces the rendition if the connection to its reader carries no more.
   * Undefined if the bit rate does not follow the connection.
   */
  minBitrateBps?: number;
}

/** A sample of the connection that delivers a broadcast, taken every 200 ms. */
export interface ConnectionFacts {
  /** Time of the sample, in milliseconds on a monotonic clock that all samples of a connection share. */
  atMs: number;
  /** The connection number. It changes when the connection is replaced, which invalidates earlier samples. */
  connection: number;
  kind: 'direct' | 'relayed' | null;
  rttMs: number | null;
  /**
   * The sender's own estimate of how fast it can send to us (PROBE); null if it does not report an estimate.
   */
  senderEstimateBps: number | null;
  /** Bit rate received since the previous sample. */
  goodputBps: number;
}

/** A rendition change and its reason, for the connection panel and `--json`. */
export interface RenditionDecision {
  /** Time of the change, in milliseconds since 1970. */
  atMs: number;
  /** Names of the previous and the new track; null means no video. */
  from: string | null;
  to: string | null;
  /** The reason as shown to the user, with numbers, such as `0.9 Mbit/s available, 2.5 needed`. */
  reason: string;
}
