/** What tests look at in Node of the window's watching half; see bundled.ts. */
export { JitterTarget } from '../../../renderer/media/jitter.ts';
export { FrameRate, SkewMeter } from '../../../renderer/media/player-stats.ts';
