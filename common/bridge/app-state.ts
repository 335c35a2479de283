import { z } from 'zod';
import { pullFailures } from '../relay/pull-failure.ts';
import { callRecordSchema, callStateSchema, contactSchema } from './call-state.ts';
import { connectionStateSchema } from './connection-state.ts';
import { label, ticketText } from './fields.ts';
import { settingsSchema } from './settings.ts';

export const recentSchema = z.object({
  /** The ticket in its normal form. */
  ticket: ticketText,
  /** What the person calls it; the broadcast's own name until they change it. */
  label,
  lastWatchedAtMs: z.number(),
});
export type Recent = z.infer<typeof recentSchema>;

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
   * the message says why. watch: whether the relay's pages show it to anybody (open) or to those with a token alone;
   * null where that is not known, as on a relay without pages.
   */
  push: z
    .object({
      state: z.enum(['connecting', 'live', 'failed']),
      message: z.string(),
      watch: z.enum(['open', 'token']).nullable(),
    })
    .nullable(),
  /**
   * The media tracks that are read now, sound included, by name; `viewers` is how many sessions read it, a relay that
   * the broadcast is pushed to among them.
   */
  renditions: z.array(z.object({ name: z.string(), viewers: z.number().int() })),
});
export type BroadcastState = z.infer<typeof broadcastStateSchema>;

/**
 * All that the window shows of main, in one value. Sent whole on every change (at most 10 a second); that a link which
 * brings nothing was looked at again is none.
 */
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
  /** The window that shows and sends in calls, by its own word for itself (`call.claim`). */
  callWindow: z.string().nullable(),
  /** Callers who wait for the call that goes on to end, the longest first. */
  waitingCalls: z.array(callStateSchema),
  contacts: z.array(contactSchema),
  callHistory: z.array(callRecordSchema),
  connections: z.array(connectionStateSchema),
  recents: z.array(recentSchema),
  settings: settingsSchema,
  /** Things that went wrong with main itself and stay true, such as settings that cannot be saved. */
  notices: z.array(z.string()),
});
export type AppState = z.infer<typeof appStateSchema>;
