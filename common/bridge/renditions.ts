/**
 * What renditions, the link's downlink estimate and the choice between renditions look like, for the policy, the
 * player, the bridge and the views alike.
 */

/** The sizes that a publisher offers at most: the picture's height in lines. */
export const resolutions = ['180p', '360p', '720p', '1080p'] as const;
export type Resolution = (typeof resolutions)[number];

/** Auto follows the link and the view; otherwise the track's name, such as `video/h264-720p`. */
export const AUTO = 'auto';

/** A rendition on offer, as the catalog tells it. */
export interface RenditionOffer {
  /** The track's name. */
  name: string;
  width: number;
  height: number;
  framesPerSecond: number;
  /** What its encoder aims at. */
  bitrateBps: number;
}

/** What is known of the link that brings a broadcast, every 200 ms. */
export interface ConnectionFacts {
  /** Milliseconds on any steady clock, the same for all facts of one link. */
  atMs: number;
  /** Another number is another connection, of which nothing is known yet. */
  connection: number;
  kind: 'direct' | 'relayed' | null;
  rttMs: number | null;
  /** What the sender says it can send to us (PROBE); null where it does not say. */
  senderEstimateBps: number | null;
  /** What arrived over the link in the last interval. */
  goodputBps: number;
}

/** Why the rendition is what it is: for the panel and for scripts. */
export interface RenditionDecision {
  /** Since the epoch. */
  atMs: number;
  /** Track names; null is no picture. */
  from: string | null;
  to: string | null;
  /** In words with figures, such as `0.9 Mbit/s available, 2.5 needed`. */
  reason: string;
}
