/** Exports the window's playback code for tests in Node (see bundled.ts). */

export { JitterTarget, VIDEO_JITTER } from '../../../renderer/media/watch/jitter.ts';
export {
  FrameRate,
  PositionMeter,
  SlidingMinimum,
  skewOf,
} from '../../../renderer/media/watch/player-stats.ts';
export { MAX_LEAD_MS, PlayoutClock } from '../../../renderer/media/watch/playout.ts';
export {
  type DrivenVideo,
  RenditionDriver,
} from '../../../renderer/media/watch/rendition-driver.ts';
