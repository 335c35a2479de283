import { z } from 'zod';
import { pullFailures } from '../relay/pull-failure.ts';
import { callRecordSchema, callStateSchema, contactSchema } from './call-state.ts';
import { connectionStateSchema } from './connection-state.ts';
import { label, ticketText } from './fields.ts';
import { settingsSchema } from './settings.ts';

/** A recently watched ticket. Stored in `recents.json`. */
export const recentSchema = z.object({
  /** The ticket in its normal form. */
  ticket: ticketText,
  /** The user's name for it; initially the name of the broadcast. */
  label,
  lastWatchedAtMs: z.number(),
});
/** A recently watched ticket, as stored and as shown. */
export type Recent = z.infer<typeof recentSchema>;

/** A ticket that is being pulled. */
const pullStateSchema = z.object({
  /** The ticket in its normal form, which is also the Origin path. */
  ticket: ticketText,
  /**
   * connecting: dialling the peer. waiting: connected, but the broadcast has not appeared yet. live: the broadcast is
   * available. ended: its publisher stopped it. failed: no connection; retried at `retryAtMs`.
   */
  state: z.enum(['connecting', 'waiting', 'live', 'ended', 'failed']),
  failure: z.enum(pullFailures).nullable(),
  /** When the next attempt starts, in milliseconds since the epoch. */
  retryAtMs: z.number().nullable(),
  /** Bits received from the peer in the last second. */
  downloadBps: z.number(),
});
/** The state of one pull. */
export type PullState = z.infer<typeof pullStateSchema>;

/** A broadcast that the user has live. */
const broadcastStateSchema = z.object({
  name: z.string(),
  /** Changes with the endpoint's relay and addresses; earlier tickets keep working. */
  ticket: ticketText,
  /** Sessions that read at least one track now. */
  viewers: z.number().int(),
  /** Bits sent to viewers in the last second. */
  uploadBps: z.number(),
  /**
   * The push of the broadcast to a relay; null if it is not pushed. `state` is live once the relay has accepted it; failed
   * means that it is retried, and `message` says why. `watch` says whether the relay's pages show it to everybody (open) or
   * only with a token; null if that is unknown, as on a relay without pages.
   */
  push: z
    .object({
      state: z.enum(['connecting', 'live', 'failed']),
      message: z.string(),
      watch: z.enum(['open', 'token']).nullable(),
    })
    .nullable(),
  /** The media tracks that are read now, audio included. `viewers` is the number of reading sessions, with a push's relay. */
  renditions: z.array(z.object({ name: z.string(), viewers: z.number().int() })),
});
/** The state of one live broadcast. */
export type BroadcastState = z.infer<typeof broadcastStateSchema>;

/**
 * All of main's state that the window shows, as one value. Sent as a whole on every change, at most ten times a second; new
 * figures alone are sent once a second.
 */
export const appStateSchema = z.object({
  endpointId: z.string(),
  /** The connection to the iroh relay, which forwards encrypted packets. It is not a MoQ relay. */
  irohRelay: z.enum(['disabled', 'connecting', 'online']),
  broadcasts: z.array(broadcastStateSchema),
  pulls: z.array(pullStateSchema),
  /** The user's current call ticket; earlier ones keep working. */
  callTicket: ticketText,
  /** The current call, or the last one that ended until it is dismissed. */
  calls: z.array(callStateSchema),
  /** The id (`call.claim`) of the window that shows the calls; null while no window has them. */
  callWindow: z.string().nullable(),
  /** Callers that wait for the current call to end; longest wait first. */
  waitingCalls: z.array(callStateSchema),
  contacts: z.array(contactSchema),
  callHistory: z.array(callRecordSchema),
  connections: z.array(connectionStateSchema),
  recents: z.array(recentSchema),
  settings: settingsSchema,
  /** Persistent problems of main, for the user; for example that settings cannot be saved. */
  notices: z.array(z.string()),
});
/** The value of `app.state`. */
export type AppState = z.infer<typeof appStateSchema>;
