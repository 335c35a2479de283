import { z } from 'zod';
import { CALL_NAME, CALL_STATUS_NAME, MAX_NAME_CHARS } from './broadcast-name.ts';
import { type PullFailure, pullFailures } from './pull-failure.ts';
import { MAX_RELAY_CHARS } from './relay-url.ts';
import { resolutions } from './renditions.ts';

export { CALL_NAME, CALL_STATUS_NAME, MAX_NAME_CHARS, type PullFailure, pullFailures };

/**
 * The bridge between the main process and the window: every call with its request and reply, every event with its
 * payload. Both hosts (Electron's IPC, the loopback WebSocket) carry exactly this; both ends parse what arrives.
 *
 * Media does not pass here. It goes over the media channel: a MoQ session of the window's own on main's Origin, at
 * which the window publishes `live/<name>` and reads any path, a ticket in its normal form included.
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

/** Below this not even sound gets through well, in bits per second. */
export const MIN_UPLOAD_LIMIT_BPS = 64_000;
/** More than any home has. */
export const MAX_UPLOAD_LIMIT_BPS = 10_000_000_000;

/** Longest track name, and longest words for a choice, in characters. */
export const MAX_TRACK_CHARS = 200;
const MAX_REASON_CHARS = 500;

/** The longest jitter buffer, in milliseconds. */
export const LONGEST_LATENCY_MS = 10_000;

const ticketText = z.string().max(4096);
const resolution = z.enum(resolutions);
const trackName = z.string().max(MAX_TRACK_CHARS);
const label = z.string().max(MAX_NAME_CHARS);

const settingsFields = {
  /** The name the next broadcast gets. */
  broadcastName: z.string().min(1).max(MAX_NAME_CHARS),
  source: z.enum(['camera', 'screen', 'file', 'test']),
  cameraId: z.string().max(500).nullable(),
  microphoneId: z.string().max(500).nullable(),
  /** Whether going live takes sound along. */
  sound: z.boolean(),
  /** Playback volume, 0..1. */
  volume: z.number().min(0).max(1),
  muted: z.boolean(),
  /** Playback latency target: as low as the network allows, or a fixed jitter buffer in milliseconds. */
  latency: z.union([z.literal('real-time'), z.number().int().min(0).max(LONGEST_LATENCY_MS)]),
  theme: z.enum(['system', 'light', 'dark']),
  /** How this person is named to those they call. Empty: no name. */
  displayName: label,
  /** What a second caller gets while a call goes on. */
  whenBusy: z.enum(['decline', 'wait']),
  echoCancellation: z.boolean(),
  noiseSuppression: z.boolean(),
  autoGain: z.boolean(),
  /** The relay that share links for browsers lead to, as a web address. Empty: none. */
  shareRelay: z.string().max(MAX_RELAY_CHARS),
  /** The relay that broadcasts are pushed to: a web address, a ticket of its, or its endpoint id. Empty: none. */
  pushTo: z.string().max(MAX_RELAY_CHARS),
  /** What that relay wants to see from publishers (a JWT). Empty: nothing. */
  pushToken: z.string().max(MAX_RELAY_CHARS),
  /** Whether what is live is pushed there. */
  pushing: z.boolean(),
  /** The largest picture that is sent. */
  maxResolution: resolution,
  /** What all viewers together may cost, in bits per second; null is no limit. */
  uploadLimitBps: z.number().int().min(MIN_UPLOAD_LIMIT_BPS).max(MAX_UPLOAD_LIMIT_BPS).nullable(),
};

/** What the settings file holds: what an older version did not have yet gets its default. */
export const settingsSchema = z.object({
  broadcastName: settingsFields.broadcastName.default('hello'),
  source: settingsFields.source.default('camera'),
  cameraId: settingsFields.cameraId.default(null),
  microphoneId: settingsFields.microphoneId.default(null),
  sound: settingsFields.sound.default(true),
  volume: settingsFields.volume.default(1),
  muted: settingsFields.muted.default(false),
  latency: settingsFields.latency.default('real-time'),
  theme: settingsFields.theme.default('system'),
  displayName: settingsFields.displayName.default(''),
  whenBusy: settingsFields.whenBusy.default('decline'),
  echoCancellation: settingsFields.echoCancellation.default(true),
  noiseSuppression: settingsFields.noiseSuppression.default(true),
  autoGain: settingsFields.autoGain.default(true),
  shareRelay: settingsFields.shareRelay.default(''),
  pushTo: settingsFields.pushTo.default(''),
  pushToken: settingsFields.pushToken.default(''),
  pushing: settingsFields.pushing.default(false),
  maxResolution: settingsFields.maxResolution.default('1080p'),
  uploadLimitBps: settingsFields.uploadLimitBps.default(null),
});

/** A change names only what changes: no defaults here, they would put back everything else. */
export const settingsChangeSchema = z.object(settingsFields).partial().strict();
export type Settings = z.infer<typeof settingsSchema>;

export const recentSchema = z.object({
  /** The ticket in its normal form. */
  ticket: ticketText,
  /** What the person calls it; the broadcast's own name until they change it. */
  label,
  lastWatchedAtMs: z.number(),
});
export type Recent = z.infer<typeof recentSchema>;

/** How a connection ended, in iroh-live's words. */
export const disconnectReasons = ['LocalClose', 'RemoteClose', 'TransportError'] as const;
export type DisconnectReason = (typeof disconnectReasons)[number];

/** Why a call did not come about or is over, in iroh-live's words. */
export const callErrors = ['ConnectionFailed', 'Rejected', 'Ended'] as const;
export type CallError = (typeof callErrors)[number];

/** One way to a peer. */
export const pathSchema = z.object({
  kind: z.enum(['direct', 'relayed']),
  /** `ip:port`, or the iroh relay's URL. */
  address: z.string(),
  rttMs: z.number(),
  selected: z.boolean(),
});
export type PathState = z.infer<typeof pathSchema>;

/** What the congestion controller and the counters say, every 200 ms (iroh-live's NetworkSignals). */
export const networkSignalsSchema = z.object({
  rttMs: z.number(),
  /** lost / (sent + lost) of the interval, 0..1. */
  lossRate: z.number(),
  /** cwnd * 8 / rtt of the selected path, in bits per second. */
  availableBps: z.number(),
  /** Cumulative. */
  congestionEvents: z.number().int(),
});
export type NetworkSignals = z.infer<typeof networkSignalsSchema>;

/** iroh-live's NetStats, over the last second. */
export const netStatsSchema = z.object({
  rttMs: z.number(),
  kind: z.enum(['direct', 'relayed']).nullable(),
  address: z.string().nullable(),
  /** Percent. */
  lossPercent: z.number(),
  upMbps: z.number(),
  downMbps: z.number(),
  paths: z.number().int(),
});
export type NetStats = z.infer<typeof netStatsSchema>;

/** What is known of the way from the peer to here, every 200 ms. */
export const downlinkSchema = z.object({
  /** When this was seen, in milliseconds on main's steady clock; the same number is the same look. */
  atMs: z.number(),
  /** Main's number for the connection: another one when it was made anew. */
  connection: z.number().int(),
  /** What the peer's congestion control would let it send to us (PROBE); null where it does not say. */
  senderEstimateBps: z.number().nullable(),
  /** What arrived since the last look, all packets of the connection included. */
  goodputBps: z.number(),
});
export type Downlink = z.infer<typeof downlinkSchema>;

/** The live connection to one peer. */
export const linkStateSchema = z.object({
  /** The peer's endpoint id, 64 hex digits. */
  peer: z.string(),
  /** What the connection is for: a friend who watches us, one we watch, or a call. */
  use: z.enum(['viewer', 'pull', 'call']),
  /** The ticket watched (`pull`), the broadcast read (`viewer`), or the call's id. */
  subject: z.string(),
  paths: z.array(pathSchema),
  signals: networkSignalsSchema.nullable(),
  stats: netStatsSchema.nullable(),
  /** Null for viewers, from whom nothing comes, and before the second look. */
  downlink: downlinkSchema.nullable(),
});
export type LinkState = z.infer<typeof linkStateSchema>;

/** What one side of a call tells the other beside its pictures. */
export const callStatusSchema = z.object({
  /** The display name from that person's settings; empty when they gave none. Nothing proves it. */
  name: z.string().max(MAX_NAME_CHARS),
  muted: z.boolean(),
  pictureOff: z.boolean(),
  sharing: z.boolean(),
});
export type CallStatus = z.infer<typeof callStatusSchema>;

export const callStateSchema = z.object({
  id: z.string(),
  direction: z.enum(['out', 'in']),
  /** dialing: connecting. ringing: at the other side (out) or here (in). reconnecting: the link was lost. */
  state: z.enum(['dialing', 'ringing', 'active', 'reconnecting', 'ended']),
  peer: z.string(),
  /** What the person here calls that peer, if they gave it a name. */
  contactName: z.string().nullable(),
  /** What the other side says of itself; null before it said anything. */
  remote: callStatusSchema.nullable(),
  /** Whether the other person's broadcast is there to be read. */
  hasMedia: z.boolean(),
  startedAtMs: z.number(),
  /** When it became active; null before. */
  activeAtMs: z.number().nullable(),
  reason: z.enum(disconnectReasons).nullable(),
  error: z.enum(callErrors).nullable(),
  /** In words, once ended. */
  message: z.string().nullable(),
  /** What a window said of this side last; nothing before that. */
  own: callStatusSchema.omit({ name: true }).optional(),
  /** Only for a call that goes on after this app was started again: what this side showed before. */
  resumed: z.object({ muted: z.boolean(), pictureOff: z.boolean() }).optional(),
});
export type CallState = z.infer<typeof callStateSchema>;

/** Somebody the person knows. */
export const contactSchema = z.object({
  peer: z.string(),
  /** Empty: no name given. */
  name: label,
  access: z.enum(['ask', 'auto', 'blocked']),
});
export type Contact = z.infer<typeof contactSchema>;

export const callRecordSchema = z.object({
  id: z.string(),
  peer: z.string(),
  /** Their own name for themselves at the time. */
  remoteName: label,
  direction: z.enum(['out', 'in']),
  startedAtMs: z.number(),
  /** 0 when it was never active. */
  durationMs: z.number(),
  outcome: z.enum(['done', 'declined', 'busy', 'noAnswer', 'missed', 'failed', 'lost']),
  /** The ticket to call again, when there is one. */
  ticket: ticketText.nullable(),
});
export type CallRecord = z.infer<typeof callRecordSchema>;

export const pullStateSchema = z.object({
  /** The ticket in its normal form, which is also the Origin path. */
  ticket: ticketText,
  /**
   * connecting: dialling the peer. waiting: connected, the broadcast was never there yet. live: there now.
   * ended: it was there and its publisher stopped it. failed: no connection; tried again at `retryAtMs`.
   */
  state: z.enum(['connecting', 'waiting', 'live', 'ended', 'failed']),
  failure: z.enum(pullFailures).nullable(),
  /** When the next attempt starts, in milliseconds since the epoch. */
  retryAtMs: z.number().nullable(),
  /** Bits received from the peer in the last second. */
  downloadBps: z.number(),
});
export type PullState = z.infer<typeof pullStateSchema>;

export const broadcastStateSchema = z.object({
  name: z.string(),
  /** Brought up to date when a relay is reached or addresses change; older ones keep working. */
  ticket: ticketText,
  /** Sessions that read at least one track now. */
  viewers: z.number().int(),
  /** Bits sent to viewers in the last second. */
  uploadBps: z.number(),
  /**
   * How its push to a relay goes; null when it is not pushed. live: the relay has it. failed: tried again soon, and
   * the message says why.
   */
  push: z.object({ state: z.enum(['connecting', 'live', 'failed']), message: z.string() }).nullable(),
  /** The media tracks that viewers read now, sound included, by name; `viewers` is how many sessions read it. */
  renditions: z.array(z.object({ name: z.string(), viewers: z.number().int() })),
});
export type BroadcastState = z.infer<typeof broadcastStateSchema>;

/** All that the window shows of main, in one value. Sent whole on every change (at most 10 a second). */
export const appStateSchema = z.object({
  endpointId: z.string(),
  /** The iroh relay (it passes sealed packets on; it is not a MoQ relay). */
  irohRelay: z.enum(['disabled', 'connecting', 'online']),
  broadcasts: z.array(broadcastStateSchema),
  pulls: z.array(pullStateSchema),
  /** Where a call ticket for this person leads now; older ones keep working. */
  callTicket: ticketText,
  /** The calls that go on, and the last one that ended until it is dismissed. */
  calls: z.array(callStateSchema),
  /** The window that shows and sends in calls, by its own word for itself (`call.hold`). */
  callWindow: z.string().nullable(),
  /** Callers who wait for the call that goes on to end, the longest first. */
  waiting: z.array(callStateSchema),
  contacts: z.array(contactSchema),
  callHistory: z.array(callRecordSchema),
  links: z.array(linkStateSchema),
  recents: z.array(recentSchema),
  settings: settingsSchema,
  /** Things that went wrong with main itself and stay true, such as settings that cannot be saved. */
  notices: z.array(z.string()),
});
export type AppState = z.infer<typeof appStateSchema>;

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

export const calls = {
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
  'call.hold': { request: z.object({ window: z.string().max(100), take: z.boolean() }), reply: nothing },
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
export type Calls = typeof calls;
export type CallName = keyof Calls;
/** What the caller passes (before defaults). */
export type Request<N extends CallName> = z.input<Calls[N]['request']>;
export type Reply<N extends CallName> = z.output<Calls[N]['reply']>;

export const events = {
  'app.state': appStateSchema,
  /** A ticket to watch now: from the command line, an `iroh-live:` link, or a second start. Normal form. */
  'ticket.open': z.object({ ticket: ticketText }),
} as const;
export type Events = typeof events;
export type EventName = keyof Events;
export type Payload<E extends EventName> = z.output<Events[E]>;

/**
 * absent: nobody answers; the window keeps trying. restarted: the app was started again, and this window is of an
 * earlier start, which it cannot come back to.
 */
export type BridgeLoss = 'absent' | 'restarted';

/** What the window is given. Nothing above it knows which host is behind it. */
export interface Bridge {
  /** Rejects with an Error whose message is fit to show. Aborting the signal rejects at once. */
  call<N extends CallName>(name: N, request: Request<N>, signal?: AbortSignal): Promise<Reply<N>>;
  listen<E extends EventName>(event: E, listener: (payload: Payload<E>) => void): () => void;
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
