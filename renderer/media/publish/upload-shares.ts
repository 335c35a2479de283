import { SOUND_TRACK } from '../shared/catalog.ts';
import type { PublisherLimits } from '../shared/types.ts';
import type { RenditionPlan } from './codecs.ts';
import type { Shares } from './offers.ts';
import { splitUpload } from './upload-split.ts';

/** What each rendition may have of the upload, given who watches; `soundBps` is what the sound of one viewer takes. */
export function uploadShares(
  plans: readonly RenditionPlan[],
  limits: PublisherLimits,
  soundBps: number,
): Shares {
  return splitUpload({
    limitBps: limits.uploadLimitBps,
    audioBps: soundBps,
    audioViewers: viewersOf(limits, SOUND_TRACK),
    renditions: plans.map(({ name, encoder }) => ({
      name,
      wantedBps: encoder.bitrate ?? 0,
      viewers: viewersOf(limits, name),
    })),
  });
}

/** How many read a track now. */
export function viewersOf({ viewers }: PublisherLimits, track: string): number {
  return viewers.find(({ name }) => name === track)?.viewers ?? 0;
}
