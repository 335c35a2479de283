/** Exports the window's publishing code for tests in Node (see bundled.ts). */
export { RootSchema } from '@moq/hang/catalog';
export { buildCatalog } from '../../../renderer/media/publish/catalog.ts';
export { LiveBroadcast } from '../../../renderer/media/publish/live-broadcast.ts';
export { LivePublisher } from '../../../renderer/media/publish/publisher.ts';
export { allocateUpload } from '../../../renderer/media/publish/upload-allocation.ts';
export { ReconnectingSession } from '../../../renderer/media/session/reconnecting-session.ts';
