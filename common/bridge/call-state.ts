import { z } from 'zod';
import { MAX_NAME_CHARS } from '../ticket/broadcast-name.ts';
import { label, ticketText } from './fields.ts';

/** The reasons why a connection ends, under the names that iroh-live uses. */
const disconnectReasons = ['LocalClose', 'RemoteClose', 'TransportError'] as const;
/** The reason why a connection ended. */
export type DisconnectReason = (typeof disconnectReasons)[number];

/** The reasons why a call ends or fails, under the names that iroh-live uses. */
const callErrors = ['ConnectionFailed', 'Rejected', 'Ended'] as const;
/** The reason why a call ended or failed. */
export type CallError = (typeof callErrors)[number];

/** The status that each side of a call sends to the other. The keys are part of the wire format. */
export const callStatusSchema = z.object({
  /** The display name from the sender's settings; empty if not set. It is not verified. */
  name: z.string().max(MAX_NAME_CHARS),
  muted: z.boolean(),
  pictureOff: z.boolean(),
  sharing: z.boolean(),
  /**
   * Whether the sender's app has no window open, so that its user cannot see or hear the peer. Absent means no;
   * older versions never send it.
   */
  away: z.boolean().optional(),
});

/** A call as shown in the window. */
export const callStateSchema = z.object({
  id: z.string(),
  direction: z.enum(['out', 'in']),
  /**
   * `ringing`: an outgoing call rings at the peer, an incoming call rings here. `reconnecting`: the connection was
   * lost and is being restored.
   */
  state: z.enum(['dialing', 'ringing', 'active', 'reconnecting', 'ended']),
  peer: z.string(),
  /** The peer's name in the contacts; null if the peer is not a contact with a name. */
  contactName: z.string().nullable(),
  /** Whether the peer is a contact, with or without a name. Absent means no. */
  isContact: z.boolean().optional(),
  /** The name that the peer claimed in an earlier call; null if it has claimed none. */
  earlierName: z.string().nullable(),
  /** The name of a contact that the user could mistake this peer for; absent or null if there is none. */
  resembles: z.string().nullish(),
  /** The peer's status; null until it is received. While an incoming call rings, the first name received is kept. */
  remote: callStatusSchema.nullable(),
  /** Whether the peer's broadcast is available. */
  hasMedia: z.boolean(),
  startedAtMs: z.number(),
  /** When the call became active; null if it has not been active yet. */
  activeAtMs: z.number().nullable(),
  reason: z.enum(disconnectReasons).nullable(),
  error: z.enum(callErrors).nullable(),
  /** A message for the user that says why the call ended or is being restored; null in all other states. */
  message: z.string().nullable(),
  /** This side's status as last reported by a window; absent until the first report. */
  own: callStatusSchema.omit({ name: true, away: true }).optional(),
});
/** The state of a call. */
export type CallState = z.infer<typeof callStateSchema>;

/**
 * A call that was active when the previous process was killed. `muted` and `pictureOff` say whether the user
 * was muted and whether the user's video was off.
 */
export const interruptedCallSchema = callStateSchema
  .pick({ peer: true, direction: true, contactName: true, earlierName: true, remote: true })
  .extend({ muted: z.boolean(), pictureOff: z.boolean() });
/** An interrupted call that the user can continue by calling the peer again. */
export type InterruptedCall = z.infer<typeof interruptedCallSchema>;

/** A contact, as stored in `contacts.json`. */
export const contactSchema = z.object({
  peer: z.string(),
  /** The contact's name; empty if the user has not entered a name. */
  name: label,
  /** Whether the peer's calls ring (`ask`), are accepted immediately (`auto`), or are refused (`blocked`). */
  access: z.enum(['ask', 'auto', 'blocked']),
});
/** A peer with a name or an access rule that the user has set. */
export type Contact = z.infer<typeof contactSchema>;

/** An entry of the call history, as stored in `calls.json`. */
export const callRecordSchema = z.object({
  id: z.string(),
  peer: z.string(),
  /** The display name that the peer claimed during the call. */
  remoteName: label,
  direction: z.enum(['out', 'in']),
  startedAtMs: z.number(),
  /** How long the call was active; 0 if it never was. */
  durationMs: z.number(),
  outcome: z.enum(['done', 'declined', 'busy', 'noAnswer', 'missed', 'failed', 'lost']),
  /** The ticket for calling the peer back; null if it is unknown. */
  ticket: ticketText.nullable(),
});
/** A past call. */
export type CallRecord = z.infer<typeof callRecordSchema>;
