/** What tests look at in Node of the window's watching half; see bundled.ts. */
export { JitterTarget, PICTURE_JITTER } from '../../../renderer/media/jitter.ts';
export { FrameRate, LeastOf, PositionMeter, skewOf } from '../../../renderer/media/player-stats.ts';
export { MAX_LEAD_MS, PlayoutClock } from '../../../renderer/media/playout.ts';
export { type DrivenPicture, RenditionDriver } from '../../../renderer/media/rendition-driver.ts';
