import { z } from 'zod';
import { type EventName, events, MEDIA_PROTOCOL } from './bridge.ts';

/**
 * The frames of the bridge: JSON on the loopback WebSocket, and structured clones on Electron's IPC.
 * Requests, replies and payloads are parsed again with the schema of their method or event.
 */

/**
 * Maximum size of a frame from a window, in bytes. Even the largest request is only about as long as two
 * tickets.
 */
export const MAX_FRAME_BYTES = 64 * 1024;

const id = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

const requestFrameSchema = z.object({ id, method: z.string().max(100), request: z.unknown() }).strict();
const cancelFrameSchema = z.object({ id, cancel: z.literal(true) }).strict();
/** The name of an event to subscribe to. Main sends an event only to windows that have subscribed to it. */
const eventName = z.enum(Object.keys(events) as [EventName, ...EventName[]]);
const subscribeFrameSchema = z.object({ subscribe: eventName }).strict();
const unsubscribeFrameSchema = z.object({ unsubscribe: eventName }).strict();
/** Frames from a window to main. */
export const windowFrameSchema = z.union([
  requestFrameSchema,
  cancelFrameSchema,
  subscribeFrameSchema,
  unsubscribeFrameSchema,
]);
/** A request, its cancellation, or a subscription change. */
export type WindowFrame = z.input<typeof windowFrameSchema>;

const replyFrameSchema = z.union([
  z.object({ id, error: z.string() }).strict(),
  z.object({ id, ok: z.unknown() }).strict(),
]);
const eventFrameSchema = z.object({ event: z.string().max(100), payload: z.unknown() }).strict();
/** Frames from main to a window. */
export const mainFrameSchema = z.union([replyFrameSchema, eventFrameSchema]);
/** The reply to the request with the same id. */
type ReplyFrame = { id: number; ok: unknown } | { id: number; error: string };
/** An event that the window has subscribed to. */
export type EventFrame = { event: string; payload: unknown };
/** A reply or an event. */
export type MainFrame = ReplyFrame | EventFrame;

/** Paths of the loopback WebSockets, relative to the page. The page's own path changes with each start of the app. */
export const BRIDGE_PATH = 'bridge';
/** Path of the media channel's WebSocket. */
export const MEDIA_PATH = 'media';

/** The WebSocket subprotocol of the media channel: qmux, and the MoQ version that it carries. */
export const MEDIA_SUBPROTOCOL = `qmux-02.${MEDIA_PROTOCOL}`;
