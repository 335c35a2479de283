import { z } from 'zod';
import { MEDIA_PROTOCOL } from './bridge.ts';

/**
 * How the bridge's calls and events are written down: as JSON on the loopback WebSocket, as structured clones on
 * Electron's IPC. Requests, replies and payloads are parsed a second time, by the schema of their call or event.
 */

/** Longest frame towards main, in bytes. The longest request (two tickets' worth) is far below it. */
export const MAX_FRAME_BYTES = 64 * 1024;

const id = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const invocationFrameSchema = z
  .object({ id, method: z.string().max(100), request: z.unknown() })
  .strict();
export const cancelFrameSchema = z.object({ id, cancel: z.literal(true) }).strict();
/** Window to main. */
export const windowFrameSchema = z.union([invocationFrameSchema, cancelFrameSchema]);
export type WindowFrame = z.input<typeof windowFrameSchema>;

const replyFrameSchema = z.union([
  z.object({ id, error: z.string() }).strict(),
  z.object({ id, ok: z.unknown() }).strict(),
]);
const eventFrameSchema = z.object({ event: z.string().max(100), payload: z.unknown() }).strict();
/** Main to window. */
export const mainFrameSchema = z.union([replyFrameSchema, eventFrameSchema]);
export type ReplyFrame = { id: number; ok: unknown } | { id: number; error: string };
export type EventFrame = { event: string; payload: unknown };
export type MainFrame = ReplyFrame | EventFrame;

/** The loopback WebSockets' paths, relative to the page: it lies under a path of its own with each start. */
export const BRIDGE_PATH = 'bridge';
export const MEDIA_PATH = 'media';

/** The WebSocket subprotocol of the media channel: a qmux wire format, and the protocol that it carries. */
export const MEDIA_SUBPROTOCOL = `qmux-02.${MEDIA_PROTOCOL}`;
