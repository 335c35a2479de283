/** What tests look at in Node of the window's publishing half; see bundled.ts. */
export { RootSchema } from '@moq/hang/catalog';
export { LiveBroadcast } from '../../../renderer/media/publish/live-broadcast.ts';
export { LivePublisher } from '../../../renderer/media/publish/publisher.ts';
export { uploadShares } from '../../../renderer/media/publish/upload-shares.ts';
export { MediaSession } from '../../../renderer/media/session/reconnecting-session.ts';
export { buildCatalog } from '../../../renderer/media/shared/catalog.ts';
