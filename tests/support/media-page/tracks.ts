/** What tests look at in Node of a track between the window's two halves; see bundled.ts. */
export * as Container from '@moq/hang/container';
export { LiveBroadcast } from '../../../renderer/media/publish/live-broadcast.ts';
export { PlayoutClock } from '../../../renderer/media/watch/playout.ts';
export { RenditionDecoder } from '../../../renderer/media/watch/rendition-decoder.ts';
export { RenditionSwitcher } from '../../../renderer/media/watch/rendition-switcher.ts';
