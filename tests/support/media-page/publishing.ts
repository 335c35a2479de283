/** What tests look at in Node of the window's publishing half; see bundled.ts. */
export { RootSchema } from '@moq/hang/catalog';
export { buildCatalog } from '../../../renderer/media/catalog.ts';
export { LiveBroadcast } from '../../../renderer/media/live-broadcast.ts';
export { LivePublisher } from '../../../renderer/media/publisher.ts';
export { MediaSession } from '../../../renderer/media/session.ts';
export { uploadShares } from '../../../renderer/media/upload-shares.ts';
