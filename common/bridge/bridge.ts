import { z } from 'zod';
import { MAX_RELAY_CHARS } from '../ticket/relay-url.ts';
import { appStateSchema } from './app-state.ts';
import { contactSchema } from './call-state.ts';
import { LONGEST_LATENCY_MS, label, resolution, ticketText, trackName } from './fields.ts';
import { settingsChangeSchema, settingsSchema } from './settings.ts';

export { type PullFailure, pullFailures } from '../relay/pull-failure.ts';
export { CALL_NAME, CALL_STATUS_NAME, MAX_NAME_CHARS } from '../ticket/broadcast-name.ts';
export * from './app-state.ts';
export * from './call-state.ts';
export * from './connection-state.ts';
export { LONGEST_LATENCY_MS, MAX_TRACK_CHARS } from './fields.ts';
export * from './settings.ts';

/**
 * The bridge between the main process and the window: every call with its request and reply, every event with its
 * payload. Both hosts (Electron's IPC, the loopback WebSocket) carry exactly this; both ends parse what arrives.
 *
 * Media does not pass here. It goes over the media channel: a MoQ session of the window's own on main's Origin, at
 * which the window publishes `live/<name>` and reads any path, a ticket in its normal form included.
 *
 * What the messages hold stands beside this file and is imported from here: settings, links, calls, the whole state.
 */

/** Where on the Origin the window publishes. Remote peers see the part after this prefix. */
export const LIVE_PREFIX = 'live';

/**
 * Where a call's two broadcasts are: the window publishes its own at `calls/<id>/out` and reads the other person's at
 * `calls/<id>/in`. Each is seen by that call's session alone.
 */
export const CALLS_PREFIX = 'calls';

/** The moq-lite version that the window and main speak with each other. */
export const MEDIA_PROTOCOL = 'moq-lite-05';

/** Longest words for a choice, in characters. */
const MAX_REASON_CHARS = 500;

/** What is fixed for the life of the window. */
export const appInfoSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'browser']),
  /** Goes live with this source at once when the window opens. */
  autostart: z.enum(['test', 'camera', 'screen', 'call']).nullable(),
  /** Whether the window must offer its own screen picker (`screens.list`, `screens.choose`). */
  ownScreenPicker: z.boolean(),
  /** `--rendition`: what players begin with, `auto` or a track's name. */
  rendition: trackName,
  /** `--max-resolution`: nothing larger is sent (in place of the setting) or watched; null is as the setting says. */
  maxResolution: resolution.nullable(),
  /** `--latency-ms`: in place of the setting; null is as the setting says. */
  latencyMs: z.number().int().min(0).max(LONGEST_LATENCY_MS).nullable(),
});
export type AppInfo = z.infer<typeof appInfoSchema>;

export const screenSourceSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['screen', 'window']),
  /** A PNG data URL. */
  thumbnail: z.string(),
});
export type ScreenSource = z.infer<typeof screenSourceSchema>;

const nothing = z.null();

export const methods = {
  'app.info': { request: nothing, reply: appInfoSchema },
  'app.state': { request: nothing, reply: appStateSchema },
  'settings.change': { request: settingsChangeSchema, reply: settingsSchema },
  /** Adds a ticket to the recents, or moves it to the top. */
  'recents.touch': { request: z.object({ ticket: ticketText }), reply: nothing },
  'recents.rename': { request: z.object({ ticket: ticketText, label }), reply: nothing },
  'recents.remove': { request: z.object({ ticket: ticketText }), reply: nothing },
  /** Tries a failed pull now instead of at its `retryAtMs`. */
  'pull.retry': { request: z.object({ ticket: ticketText }), reply: nothing },
  /** Asks whether a relay for share links is there. `url`: the address as it is best kept. */
  'relay.check': {
    request: z.object({ url: z.string().max(MAX_RELAY_CHARS) }),
    reply: z.object({ ok: z.boolean(), url: z.string(), message: z.string() }),
  },
  'screens.list': { request: nothing, reply: z.array(screenSourceSchema) },
  /** Which source the next `getDisplayMedia` gets. */
  'screens.choose': { request: z.object({ id: z.string().max(200) }), reply: nothing },
  /** Dials a call ticket. Rejects when it is none, or a call goes on. */
  'call.dial': { request: z.object({ ticket: ticketText }), reply: z.object({ id: z.string() }) },
  /** Of one who waits: the call that goes on ends. */
  'call.accept': { request: z.object({ id: z.string() }), reply: nothing },
  'call.decline': { request: z.object({ id: z.string() }), reply: nothing },
  'call.hangUp': { request: z.object({ id: z.string() }), reply: nothing },
  /** Takes an ended call off the screen. */
  'call.dismiss': { request: z.object({ id: z.string() }), reply: nothing },
  /**
   * This window wants to be the one that has the call, for as long as it is there. `take`: also from another window;
   * else only when none has it. Which one has it is `callWindow`.
   */
  'call.claim': { request: z.object({ window: z.string().max(100), takeOver: z.boolean() }), reply: nothing },
  /** What the other side is told of this one. */
  'call.status': {
    request: z.object({ id: z.string(), muted: z.boolean(), pictureOff: z.boolean(), sharing: z.boolean() }),
    reply: nothing,
  },
  'contacts.change': { request: contactSchema, reply: nothing },
  'history.remove': { request: z.object({ id: z.string() }), reply: nothing },
  /** A player at an Origin path reads another rendition from now on, or none (null): `{"event":"rendition"}`. */
  'watch.rendition': {
    request: z.object({
      path: ticketText,
      from: trackName.nullable(),
      to: trackName.nullable(),
      reason: z.string().max(MAX_REASON_CHARS),
    }),
    reply: nothing,
  },
  /** A fault in the window that scripts should hear of: `{"event":"error"}`. */
  'app.fault': { request: z.object({ message: z.string().max(2000) }), reply: nothing },
} as const;
export type Methods = typeof methods;
export type MethodName = keyof Methods;
/** What the caller passes (before defaults). */
export type MethodRequest<N extends MethodName> = z.input<Methods[N]['request']>;
export type MethodReply<N extends MethodName> = z.output<Methods[N]['reply']>;

export const events = {
  'app.state': appStateSchema,
  /** A ticket to watch now: from the command line, an `iroh-live:` link, or a second start. Normal form. */
  'ticket.open': z.object({ ticket: ticketText }),
} as const;
export type Events = typeof events;
export type EventName = keyof Events;
export type EventPayload<E extends EventName> = z.output<Events[E]>;

/**
 * absent: nobody answers; the window keeps trying. restarted: the app was started again, and this window is of an
 * earlier start, which it cannot come back to.
 */
export type BridgeLoss = 'absent' | 'restarted';

/** What the window is given. Nothing above it knows which host is behind it. */
export interface Bridge {
  /** Rejects with an Error whose message is fit to show. Aborting the signal rejects at once. */
  request<N extends MethodName>(
    name: N,
    request: MethodRequest<N>,
    signal?: AbortSignal,
  ): Promise<MethodReply<N>>;
  listen<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void;
  /**
   * Opens a media channel: a WebSocket-shaped, message-preserving byte pipe to main that carries one qmux session.
   * Rejects when main is gone.
   */
  openMedia(signal?: AbortSignal): Promise<MediaSocket>;
  /** Whether the bridge is up. It comes back by itself after main's end of a loopback connection was lost. */
  readonly connected: { get(): boolean; subscribe(listener: (value: boolean) => void): () => void };
  /** Why it is not, once that is known; null while it is up. */
  readonly loss: {
    get(): BridgeLoss | null;
    subscribe(listener: (value: BridgeLoss | null) => void): () => void;
  };
}

/** The slice of WebSocket that qmux needs, which a MessagePort is dressed as too. */
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
