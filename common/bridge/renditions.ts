/** The resolutions that a publisher can offer, named by the height of the picture in lines. */
export const resolutions = ['180p', '360p', '720p', '1080p'] as const;
/** One of `resolutions`. */
export type Resolution = (typeof resolutions)[number];

/** The rendition preference for automatic selection. Other preferences are track names, such as `video/h264-720p`. */
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
  /** Number of the connection; changes when it is replaced, which invalidates earlier samples. */
  connection: number;
  kind: 'direct' | 'relayed' | null;
  rttMs: number | null;
  /** The sender's own estimate of what it can send to us (PROBE); null if it does not report one. */
  senderEstimateBps: number | null;
  /** Bit rate received since the previous sample. */
  goodputBps: number;
}

/** A change of the rendition and its reason, for the connection panel and for scripts. */
export interface RenditionDecision {
  /** In milliseconds since the epoch. */
  atMs: number;
  /** Track names; null is no video. */
  from: string | null;
  to: string | null;
  /** For the user, with figures, such as `0.9 Mbit/s available, 2.5 needed`. */
  reason: string;
}
