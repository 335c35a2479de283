import { z } from 'zod';
import { pullFailures } from '../relay/pull-failure.ts';
import { callRecordSchema, callStateSchema, contactSchema, interruptedCallSchema } from './call-state.ts';
import { connectionStateSchema } from './connection-state.ts';
import { label, ticketText } from './fields.ts';
import { settingsSchema } from './settings.ts';
import { ticketRequestSchema } from './ticket-request.ts';

/** A recently watched ticket. Stored in `recents.json`. */
export const recentSchema = z.object({
  /** The ticket in its normal form. */
  ticket: ticketText,
  /** The user's name for the ticket; initially the broadcast name. */
  label,
  lastWatchedAtMs: z.number(),
});
/** A recently watched ticket, as it is stored and shown. */
export type Recent = z.infer<typeof recentSchema>;

/** The state of one ticket's pull. */
const pullStateSchema = z.object({
  /** The ticket in its normal form, which is also the Origin path. */
  ticket: ticketText,
  /**
   * `connecting`: the peer is being dialed. `waiting`: connected, but the broadcast has not appeared yet. `live`:
   * the broadcast is available. `ended`: its publisher has stopped it. `failed`: no connection; the next attempt is
   * at `retryAtMs`.
   */
  state: z.enum(['connecting', 'waiting', 'live', 'ended', 'failed']),
  failure: z.enum(pullFailures).nullable(),
  /** When the next attempt starts, in milliseconds since 1970; null if no attempt is scheduled. */
  retryAtMs: z.number().nullable(),
  /**
   * The name under which the broadcast is live, if it differs from the ticket's. Email and chat programs can
   * corrupt a name, so main also tries the names that the ticket may originally have contained.
   */
  liveName: z.string().optional(),
  /** Average bit rate received from the peer over the last second. */
  downloadBps: z.number(),
});
/** The state of a pull, with its download rate. */
export type PullState = z.infer<typeof pullStateSchema>;

/** One of the user's live broadcasts. */
const broadcastStateSchema = z.object({
  name: z.string(),
  /**
   * The broadcast's ticket. It changes when the endpoint's relay or addresses change, but earlier tickets
   * keep working.
   */
  ticket: ticketText,
  /**
   * The id (from `live.claim`) of the window that publishes the broadcast; null if no window has claimed it.
   */
  window: z.string().nullable().optional(),
  /** Number of sessions that read at least one track. A relay that reports its viewers is replaced by their number. */
  viewers: z.number().int(),
  /** Average bit rate sent to viewers over the last second. */
  uploadBps: z.number(),
  /**
   * The push of the broadcast to a relay; null if it is not pushed. `live`: the relay has accepted the
   * broadcast. `failed`: the app keeps retrying, and `message` gives the reason. `watch` is `open` if anyone
   * can watch on the relay's pages, `token` if viewers need a token, and null if unknown.
   */
  push: z
    .object({
      state: z.enum(['connecting', 'live', 'failed']),
      message: z.string(),
      watch: z.enum(['open', 'token']).nullable(),
    })
    .nullable(),
  /**
   * The video and audio tracks that are being read. `viewers` counts sessions, including the one with the
   * relay that the broadcast is pushed to.
   */
  renditions: z.array(z.object({ name: z.string(), viewers: z.number().int() })),
});
/** The state of a live broadcast. */
export type BroadcastState = z.infer<typeof broadcastStateSchema>;

/**
 * The state of the main process that the window shows. Main sends the complete state after each change, but
 * at most ten times a second, or once a second if only measurements have changed.
 */
export const appStateSchema = z.object({
  endpointId: z.string(),
  /** State of the connection to the iroh relay, which forwards encrypted packets and is not a MoQ relay. */
  irohRelay: z.enum(['disabled', 'connecting', 'online']),
  broadcasts: z.array(broadcastStateSchema),
  pulls: z.array(pullStateSchema),
  /** The user's current call ticket. Earlier call tickets keep working. */
  callTicket: ticketText,
  /** The current call, if there is one. After it has ended, it stays here until the user dismisses it. */
  calls: z.array(callStateSchema),
  /** The id (from `call.claim`) of the window that shows the calls; null if no window shows them. */
  callWindow: z.string().nullable(),
  /** Callers who are waiting for the current call to end; longest wait first. */
  waitingCalls: z.array(callStateSchema),
  /** The call that was active when the previous process was killed; null if there is none. */
  interruptedCall: interruptedCallSchema.nullable(),
  /**
   * The ticket from outside the window that the user is asked to confirm or discard; null if there is none.
   */
  ticketRequest: ticketRequestSchema.nullable(),
  contacts: z.array(contactSchema),
  callHistory: z.array(callRecordSchema),
  connections: z.array(connectionStateSchema),
  recents: z.array(recentSchema),
  settings: settingsSchema,
  /**
   * Messages for the user about persistent problems in the main process, for example that settings cannot be
   * saved.
   */
  notices: z.array(z.string()),
});
/** The payload of the event `app.state`, and the reply to the method of the same name. */
export type AppState = z.infer<typeof appStateSchema>;
