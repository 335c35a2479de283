import { z } from 'zod';
import { MAX_RELAY_CHARS } from '../ticket/relay-url.ts';
import { appStateSchema } from './app-state.ts';
import { contactSchema } from './call-state.ts';
import { connectionStateSchema } from './connection-state.ts';
import { LONGEST_LATENCY_MS, label, resolution, ticketText, trackName } from './fields.ts';
import { settingsChangeSchema, settingsSchema } from './settings.ts';
import { uplinkSchema } from './uplink.ts';

export { type PullFailure, pullFailures } from '../relay/pull-failure.ts';
export { CALL_NAME, CALL_STATUS_NAME, MAX_NAME_CHARS } from '../ticket/broadcast-name.ts';
export * from './app-state.ts';
export * from './call-state.ts';
export * from './connection-state.ts';
export { LONGEST_LATENCY_MS, MAX_TRACK_CHARS } from './fields.ts';
export * from './settings.ts';
export * from './ticket-request.ts';
export * from './uplink.ts';

/**
 * The bridge between the main process and the window: every method with its request and reply, and every
 * event with its payload. Electron's IPC and the loopback WebSocket carry the same messages, and both ends
 * parse what they receive.
 *
 * Media uses a separate channel, a MoQ session with main's Origin. The window publishes `live/<name>` on that
 * session and can read any path, including tickets in their normal form.
 */

/** The Origin path under which the window publishes broadcasts. Remote peers see the paths without this prefix. */
export const LIVE_PREFIX = 'live';

/**
 * The Origin path under which call broadcasts are published. The window publishes its own broadcast at
 * `calls/<id>/out` and reads the peer's at `calls/<id>/in`. Only that call's session can access them.
 */
export const CALLS_PREFIX = 'calls';

/** The moq-lite version of the media channel. */
export const MEDIA_PROTOCOL = 'moq-lite-05';

/** Maximum length of the reason for a rendition change, in characters. */
const MAX_REASON_CHARS = 500;

/** Properties of the app that do not change while the window is open. */
const appInfoSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'browser']),
  /**
   * What the window does as soon as it opens: goes live with this source, or shows the call screen (`call`).
   */
  autostart: z.enum(['test', 'camera', 'screen', 'call']).nullable(),
  /** Whether the window must show its own screen picker (`screens.list`, `screens.choose`). */
  ownScreenPicker: z.boolean(),
  /** The value of `--rendition`, the initial rendition of players: `auto` or a track name. */
  rendition: trackName,
  /**
   * The value of `--max-resolution`, the maximum resolution that is sent (overriding the setting) or watched.
   * Null if the option is not set.
   */
  maxResolution: resolution.nullable(),
  /** The value of `--latency-ms`, which overrides the setting. Null if the option is not set. */
  latencyMs: z.number().int().min(0).max(LONGEST_LATENCY_MS).nullable(),
  /** Whether the app was started with `--list-broadcasts`, which overrides the setting. Absent means no. */
  listBroadcasts: z.boolean().optional(),
});
/** The reply to `app.info`. */
export type AppInfo = z.infer<typeof appInfoSchema>;

/** A screen or window that can be captured. */
const screenSourceSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['screen', 'window']),
  /** The thumbnail as a PNG data URL. */
  thumbnail: z.string(),
});
/** An entry in the reply to `screens.list`. */
export type ScreenSource = z.infer<typeof screenSourceSchema>;

const nothing = z.null();

/** All methods of the main process that the window can call. */
export const methods = {
  'app.info': { request: nothing, reply: appInfoSchema },
  'app.state': { request: nothing, reply: appStateSchema },
  'settings.change': { request: settingsChangeSchema, reply: settingsSchema },
  /** Adds a ticket to the recent tickets, or moves it to the top. */
  'recents.touch': { request: z.object({ ticket: ticketText }), reply: nothing },
  'recents.rename': { request: z.object({ ticket: ticketText, label }), reply: nothing },
  'recents.remove': { request: z.object({ ticket: ticketText }), reply: nothing },
  /** Retries a failed pull immediately instead of at its `retryAtMs`. */
  'pull.retry': { request: z.object({ ticket: ticketText }), reply: nothing },
  /** Checks whether share links can use a relay. The reply's `url` is the relay's normalized address. */
  'relay.check': {
    request: z.object({ url: z.string().max(MAX_RELAY_CHARS) }),
    reply: z.object({ ok: z.boolean(), url: z.string(), message: z.string() }),
  },
  /**
   * Asks the user to confirm a ticket that was dropped onto the window. Main shows it as `ticketRequest` in
   * the state.
   */
  'ticket.request': { request: z.object({ ticket: ticketText }), reply: nothing },
  /**
   * Confirms the `ticketRequest` with this id. Main dials a call ticket; the window itself watches any other
   * ticket. Rejects if `ticketRequest` has a different id, or if the ticket cannot be called.
   */
  'ticket.confirm': { request: z.object({ id: z.string().max(100) }), reply: nothing },
  /** Discards the `ticketRequest` with this id. */
  'ticket.discard': { request: z.object({ id: z.string().max(100) }), reply: nothing },
  'screens.list': { request: nothing, reply: z.array(screenSourceSchema) },
  /** Selects the source for the next call of `getDisplayMedia`. */
  'screens.choose': { request: z.object({ id: z.string().max(200) }), reply: nothing },
  /**
   * Calls the peer of a call ticket. Rejects if the text is not a call ticket, or if a call is in progress.
   */
  'call.dial': { request: z.object({ ticket: ticketText }), reply: z.object({ id: z.string() }) },
  /** Calls the peer of the interrupted call. Rejects if there is none, or if a call is in progress. */
  'call.redialInterrupted': { request: nothing, reply: z.object({ id: z.string() }) },
  /** Removes the interrupted call from the state. */
  'call.dismissInterrupted': { request: nothing, reply: nothing },
  /** Accepts a ringing or waiting call. Accepting a waiting call ends the current call. */
  'call.accept': { request: z.object({ id: z.string() }), reply: nothing },
  'call.decline': { request: z.object({ id: z.string() }), reply: nothing },
  'call.hangUp': { request: z.object({ id: z.string() }), reply: nothing },
  /** Removes an ended call from the state. */
  'call.dismiss': { request: z.object({ id: z.string() }), reply: nothing },
  /** Tells main that a window has gone live with a broadcast. Any other window that is live with that broadcast then stops. */
  'live.claim': { request: z.object({ window: z.string().max(100), name: label }), reply: nothing },
  /**
   * Lets the requesting window show the calls until it closes. Fails if another window shows them, unless
   * `takeOver` is set. `callWindow` in the state is the id of the window that shows the calls.
   */
  'call.claim': { request: z.object({ window: z.string().max(100), takeOver: z.boolean() }), reply: nothing },
  /** Changes this side's call status and sends it to the peer. */
  'call.status': {
    request: z.object({ id: z.string(), muted: z.boolean(), pictureOff: z.boolean(), sharing: z.boolean() }),
    reply: nothing,
  },
  'contacts.change': { request: contactSchema, reply: nothing },
  'history.remove': { request: z.object({ id: z.string() }), reply: nothing },
  /**
   * Reports that a player has changed its rendition. Null means no video. With `--json`, main prints the
   * change as `{"event":"rendition"}`.
   */
  'watch.rendition': {
    request: z.object({
      path: ticketText,
      from: trackName.nullable(),
      to: trackName.nullable(),
      reason: z.string().max(MAX_REASON_CHARS),
    }),
    reply: nothing,
  },
  /** Reports a fault in the window. With `--json`, main prints the fault as `{"event":"error"}`. */
  'app.fault': { request: z.object({ message: z.string().max(2000) }), reply: nothing },
} as const;
type Methods = typeof methods;
/** The name of a bridge method, such as `call.dial`. */
export type MethodName = keyof Methods;
/** A method's request as the caller passes it, before defaults are applied. */
export type MethodRequest<N extends MethodName> = z.input<Methods[N]['request']>;
/** A method's parsed reply. */
export type MethodReply<N extends MethodName> = z.output<Methods[N]['reply']>;

/** All events that the main process sends to windows. */
export const events = {
  'app.state': appStateSchema,
  /**
   * The states of all connections. While media arrives, main sends this event five times a second, because
   * rendition selection needs fresher measurements than `app.state` carries.
   */
  'connections.sample': z.array(connectionStateSchema),
  /**
   * How the user's broadcasts reach their readers. Sent at most ten times a second, when an entry has changed;
   * the encoders' bit rates follow it. Empty if nobody reads a broadcast over a network.
   */
  'uplinks.sample': z.array(uplinkSchema),
} as const;
type Events = typeof events;
/** The name of a bridge event, such as `app.state`. */
export type EventName = keyof Events;
/** An event's parsed payload. */
export type EventPayload<E extends EventName> = z.output<Events[E]>;

/**
 * Why the bridge is disconnected. `absent`: the app does not answer, and the window keeps trying.
 * `restarted`: the app was restarted, and this window cannot connect to the new process.
 */
export type BridgeLoss = 'absent' | 'restarted';

/** The window's end of the bridge, independent of the host. */
export interface Bridge {
  /**
   * Calls a method. Rejects with an Error whose message can be shown to the user, or immediately when the
   * signal aborts.
   */
  request<N extends MethodName>(
    name: N,
    request: MethodRequest<N>,
    signal?: AbortSignal,
  ): Promise<MethodReply<N>>;
  /** Subscribes to an event. Returns the function that unsubscribes. */
  listen<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void;
  /**
   * Opens a media channel to main. The channel has the interface of a WebSocket, preserves message boundaries
   * and carries one qmux session. Rejects if main cannot be reached.
   */
  openMedia(signal?: AbortSignal): Promise<MediaSocket>;
  /** Whether the bridge is connected. A lost loopback connection is restored automatically. */
  readonly connected: { get(): boolean; subscribe(listener: (value: boolean) => void): () => void };
  /** Why the bridge is disconnected; null if it is connected or if the reason is not known yet. */
  readonly loss: {
    get(): BridgeLoss | null;
    subscribe(listener: (value: BridgeLoss | null) => void): () => void;
  };
}

/** The subset of WebSocket that qmux needs. A MessagePort can implement it too. */
export interface MediaSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly readyState: number;
  readonly protocol: string;
  readonly extensions: string;
  send(data: string | ArrayBufferLike | ArrayBufferView): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: ((event: { code?: number; reason?: string }) => void) | null;
}
