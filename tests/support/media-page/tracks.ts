/** Exports both ends of a media track for tests in Node (see bundled.ts). */
export * as Container from '@moq/hang/container';
export { LiveBroadcast } from '../../../renderer/media/publish/live-broadcast.ts';
export { AudioTrackDecoder } from '../../../renderer/media/watch/audio-track-decoder.ts';
export { PlayoutClock } from '../../../renderer/media/watch/playout.ts';
export { RenditionDecoder } from '../../../renderer/media/watch/rendition-decoder.ts';
export { RenditionSwitcher } from '../../../renderer/media/watch/rendition-switcher.ts';
