/** The resolutions that a publisher can offer. Each is named by its number of lines. */
export const resolutions = ['180p', '360p', '720p', '1080p'] as const;
/** A resolution that a publisher can offer. */
export type Resolution = (typeof resolutions)[number];

/**
 * The preference for automatic rendition selection. Any other preference is a track name, such as `video/h264-720p`.
 */
export const AUTO = 'auto';

/** A rendition that the catalog offers. */
export interface RenditionOffer {
  /** The track's name. */
  name: string;
  width: number;
  height: number;
  framesPerSecond: number;
  /** The encoder's target bit rate. */
  bitrateBps: number;
}

/** A sample of the connection that delivers a broadcast, taken every 200 ms. */
export interface ConnectionFacts {
  /** Time of the sample, in milliseconds on a monotonic clock that all samples of a connection share. */
  atMs: number;
  /** Number of the connection. It changes when the connection is replaced, which invalidates earlier samples. */
  connection: number;
  kind: 'direct' | 'relayed' | null;
  rttMs: number | null;
  /**
   * The sender's own estimate of the rate at which it can send to us (PROBE); null if it does not report an estimate.
   */
  senderEstimateBps: number | null;
  /** Bit rate received since the previous sample. */
  goodputBps: number;
}

/** A change of the rendition and the reason for it, for the connection panel and for scripts. */
export interface RenditionDecision {
  /** Time of the change, in milliseconds since the epoch. */
  atMs: number;
  /** Names of the previous and the new track; null means no video. */
  from: string | null;
  to: string | null;
  /** The reason for the user, with numbers, such as `0.9 Mbit/s available, 2.5 needed`. */
  reason: string;
}
