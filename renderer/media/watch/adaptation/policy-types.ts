import type { RenditionDecision, RenditionOffer } from '../../../../common/bridge/renditions.ts';
import type { DownlinkEstimate } from './downlink-estimate.ts';
import type { View } from './rendition-ceiling.ts';

/** All inputs to the policy at one moment. */
export interface PolicyInput {
  /** Time on any monotonic clock, in milliseconds. */
  readonly nowMs: number;
  /** Available renditions that this machine can decode, in any order. */
  readonly offers: readonly RenditionOffer[];
  /** `auto`, or the name of the rendition that the user selected. */
  readonly preferredRendition: string;
  /** Size and visibility of the view. While it is null, any size may be shown. */
  readonly view: View | null;
  /**
   * Maximum number of lines of a rendition. Larger renditions are never watched, even if the user selects
   * one. Null means no limit.
   */
  readonly maxLines: number | null;
  /** Bitrate of the audio, in bits per second. */
  readonly audioBps: number;
  /** Downlink estimate for the shown track. */
  readonly estimate: DownlinkEstimate;
  readonly player: PlayerFacts;
}

/** The part of the player's state that the policy needs. */
export interface PlayerFacts {
  /** The track on screen; null before the first frame. */
  readonly shown: string | null;
  /** Whether several frames of the shown track arrived too late to be shown. */
  readonly late: boolean;
  /** Whether the decoder cannot keep up with the shown track. */
  readonly overloaded: boolean;
  /** Whether the probed rendition arrives on time; null until enough of its frames have arrived. */
  readonly probeInTime: boolean | null;
}

/** The policy's choice for a given `PolicyInput`. */
export interface PolicyChoice {
  /** The track to show; null for no video. */
  readonly target: string | null;
  /** An additional track to read at a lower priority, to check whether it arrives on time; null for none. */
  readonly probing: string | null;
  /** The change of `target` with its reason; null if `target` did not change. */
  readonly decision: Omit<RenditionDecision, 'atMs'> | null;
  /** Whether the step down skips the cool-down, because the video is visibly late or about to be. */
  readonly emergency: boolean;
  /** Text that tells the user why `target` differs from the selected rendition; null if it does not. */
  readonly note: string | null;
}

/** Total bitrate of a rendition and the audio without a limit, in bits per second. */
export function needBpsOf({ audioBps }: PolicyInput, offer: RenditionOffer | undefined): number {
  return (offer?.bitrateBps ?? 0) + audioBps;
}
