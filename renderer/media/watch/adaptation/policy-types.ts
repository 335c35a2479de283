import type { RenditionDecision, RenditionOffer } from '../../../../common/bridge/renditions.ts';
import type { DownlinkEstimate } from './downlink-estimate.ts';
import type { View } from './rendition-ceiling.ts';

/** Everything that the policy knows at one moment. */
export interface PolicyInput {
  /** On any monotonic clock. */
  readonly nowMs: number;
  /** The available renditions that can be decoded here, in any order. */
  readonly offers: readonly RenditionOffer[];
  /** `auto`, or the name of a track. */
  readonly mode: string;
  /** Null while unknown; then any size may be shown. */
  readonly view: View | null;
  /** Renditions with more lines are never watched, not even if the user selects them. Null: no limit. */
  readonly maxLines: number | null;
  /** Bit rate of the audio in bits per second. */
  readonly audioBps: number;
  /** For the track that is shown. */
  readonly estimate: DownlinkEstimate;
  readonly player: PlayerFacts;
}

/** State of the player that the policy needs. */
export interface PlayerFacts {
  /** The track on screen; null before the first frame. */
  readonly shown: string | null;
  /** Several frames of the shown track arrived too late to be shown. */
  readonly late: boolean;
  /** The decoder cannot keep up with the shown track. */
  readonly overloaded: boolean;
  /** Whether the probed rendition arrives in time; null until enough of its frames arrived. */
  readonly probeInTime: boolean | null;
}

/** The policy's answer to one `PolicyInput`. */
export interface PolicyChoice {
  /** The track to show; null for no video. */
  readonly target: string | null;
  /** The track to read beside it at a lower priority, to find out whether it arrives in time; null for none. */
  readonly probing: string | null;
  /** Set when `target` changed. */
  readonly decision: Omit<RenditionDecision, 'atMs'> | null;
  /** The step down does not wait for a cool-down, because the video is visibly late or about to be. */
  readonly emergency: boolean;
  /** Why `target` differs from the selected rendition, for the user; null if it does not. */
  readonly note: string | null;
}

/** Bit rate of a rendition and the audio together, in bits per second. */
export function needBpsOf({ audioBps }: PolicyInput, offer: RenditionOffer | undefined): number {
  return (offer?.bitrateBps ?? 0) + audioBps;
}
