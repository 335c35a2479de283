/** What tests look at in Node of the window's watching half; see bundled.ts. */

export {
  type DrivenPicture,
  RenditionDriver,
} from '../../../renderer/media/watch/adaptation/rendition-driver.ts';
export { JitterTarget, PICTURE_JITTER } from '../../../renderer/media/watch/jitter.ts';
export { FrameRate, LeastOf, PositionMeter, skewOf } from '../../../renderer/media/watch/player-stats.ts';
export { MAX_LEAD_MS, PlayoutClock } from '../../../renderer/media/watch/playout.ts';
