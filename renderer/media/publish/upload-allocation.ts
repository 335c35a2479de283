import type { PublisherLimits } from '../shared/publisher-types.ts';
import { AUDIO_TRACK } from './catalog.ts';
import type { RenditionPlan } from './codecs.ts';
import type { BitrateAllocation } from './ladder-limits.ts';
import { splitUpload } from './upload-split.ts';

/**
 * Splits the upload limit among the renditions according to their viewers.
 * @param audioBps bitrate of the audio for one viewer, in bits per second
 */
export function allocateUpload(
  plans: readonly RenditionPlan[],
  limits: PublisherLimits,
  audioBps: number,
): BitrateAllocation {
  return splitUpload({
    limitBps: limits.uploadLimitBps,
    audioBps,
    audioViewers: viewerCount(limits, AUDIO_TRACK),
    renditions: plans.map(({ name, encoder }) => ({
      name,
      wantedBps: encoder.bitrate ?? 0,
      viewers: viewerCount(limits, name),
    })),
  });
}

/** Number of viewers of a track. */
export function viewerCount({ viewers }: PublisherLimits, track: string): number {
  return viewers.find(({ name }) => name === track)?.viewers ?? 0;
}
