import type { RenditionDecision, RenditionOffer } from '../../../../common/bridge/renditions.ts';
import type { DownlinkEstimate } from './downlink-estimate.ts';
import type { View } from './rendition-ceiling.ts';

/** All that the choice goes by, at one moment. */
export interface PolicyInput {
  /** On any steady clock. */
  readonly nowMs: number;
  /** What is on offer and can be decoded here, in any order. */
  readonly offers: readonly RenditionOffer[];
  /** `auto`, or the name of a track. */
  readonly mode: string;
  /** Null: not known yet, any size may be shown. */
  readonly view: View | null;
  /** Nothing with more lines is watched, chosen by hand or not; null is no limit. */
  readonly maxLines: number | null;
  /** What the sound takes beside the picture, in bits per second. */
  readonly audioBps: number;
  /** For the track that is shown. */
  readonly estimate: DownlinkEstimate;
  readonly player: PlayerFacts;
}

export interface PlayerFacts {
  /** The track whose picture is shown; null before there is one. */
  readonly shown: string | null;
  /** Frames of what is shown came too late to be shown, and more than an odd one. */
  readonly late: boolean;
  /** The decoder cannot keep up with what is shown. */
  readonly overloaded: boolean;
  /** Whether the rendition that is tried comes in time: true once some of its frames did; null while unknown. */
  readonly probeInTime: boolean | null;
}

export interface PolicyChoice {
  /** What is to be shown; null is no picture. */
  readonly target: string | null;
  /** What is to be read beside it at a lower priority, to see whether it comes in time. */
  readonly probing: string | null;
  /** Set when `target` is another one than before. */
  readonly decision: Omit<RenditionDecision, 'atMs'> | null;
  /** It goes down without waiting for a cool-down: what plays is visibly late, or soon will be. */
  readonly emergency: boolean;
  /** Why the choice is not what was asked for, in words; null while it is. */
  readonly note: string | null;
}

/** What a rendition and the sound need together, in bits per second. */
export function needBpsOf({ audioBps }: PolicyInput, offer: RenditionOffer | undefined): number {
  return (offer?.bitrateBps ?? 0) + audioBps;
}
