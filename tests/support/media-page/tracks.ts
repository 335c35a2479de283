/** What tests look at in Node of a track between the window's two halves; see bundled.ts. */
export * as Container from '@moq/hang/container';
export { LiveBroadcast } from '../../../renderer/media/live-broadcast.ts';
export { PlayoutClock } from '../../../renderer/media/playout.ts';
export { VideoLine } from '../../../renderer/media/video-line.ts';
export { VideoTrack } from '../../../renderer/media/video-track.ts';
