import { z } from 'zod';
import { MAX_NAME_CHARS } from '../ticket/broadcast-name.ts';
import { label, ticketText } from './fields.ts';

/** The reasons for the end of a connection, with iroh-live's names. */
const disconnectReasons = ['LocalClose', 'RemoteClose', 'TransportError'] as const;
/** The reason for the end of a connection. */
export type DisconnectReason = (typeof disconnectReasons)[number];

/** The reasons for the end or failure of a call, with iroh-live's names. */
const callErrors = ['ConnectionFailed', 'Rejected', 'Ended'] as const;
/** The reason for the end or failure of a call. */
export type CallError = (typeof callErrors)[number];

/** The status that each side of a call sends to the other. The keys are part of the wire format. */
export const callStatusSchema = z.object({
  /** The display name from the sender's settings; empty if not set. It is not verified. */
  name: z.string().max(MAX_NAME_CHARS),
  muted: z.boolean(),
  pictureOff: z.boolean(),
  sharing: z.boolean(),
});

/** A call as it is shown in the window. */
export const callStateSchema = z.object({
  id: z.string(),
  direction: z.enum(['out', 'in']),
  /**
   * `ringing`: an outgoing call rings at the peer, an incoming call rings here. `reconnecting`: the connection was
   * lost and is being restored.
   */
  state: z.enum(['dialing', 'ringing', 'active', 'reconnecting', 'ended']),
  peer: z.string(),
  /** The peer's name in the contacts; null if there is none. */
  contactName: z.string().nullable(),
  /** The name that the peer claimed in an earlier call; null if there is none. */
  earlierName: z.string().nullable(),
  /** The peer's status; null until it is received. */
  remote: callStatusSchema.nullable(),
  /** Whether the peer's broadcast is available. */
  hasMedia: z.boolean(),
  startedAtMs: z.number(),
  /** When the call became active; null before that. */
  activeAtMs: z.number().nullable(),
  reason: z.enum(disconnectReasons).nullable(),
  error: z.enum(callErrors).nullable(),
  /** A message for the user that says why the call ended or is being restored; null otherwise. */
  message: z.string().nullable(),
  /** This side's status as a window last reported it; missing until the first report. */
  own: callStatusSchema.omit({ name: true }).optional(),
  /** This side's status before a restart of the app. Present only for a call that was resumed after it. */
  resumed: z.object({ muted: z.boolean(), pictureOff: z.boolean() }).optional(),
});
/** The state of a call. */
export type CallState = z.infer<typeof callStateSchema>;

/** A contact, as stored in `contacts.json`. */
export const contactSchema = z.object({
  peer: z.string(),
  /** The contact's name; empty if the user has not entered a name. */
  name: label,
  /** Whether the peer's calls ring (`ask`), are accepted at once (`auto`), or are refused (`blocked`). */
  access: z.enum(['ask', 'auto', 'blocked']),
});
/** A peer with its own name or access rule. */
export type Contact = z.infer<typeof contactSchema>;

/** An entry of the call history, as stored in `calls.json`. */
export const callRecordSchema = z.object({
  id: z.string(),
  peer: z.string(),
  /** The display name that the peer claimed during the call. */
  remoteName: label,
  direction: z.enum(['out', 'in']),
  startedAtMs: z.number(),
  /** Duration of the active call; 0 if the call was never active. */
  durationMs: z.number(),
  outcome: z.enum(['done', 'declined', 'busy', 'noAnswer', 'missed', 'failed', 'lost']),
  /** The ticket for calling the peer back; null if unknown. */
  ticket: ticketText.nullable(),
});
/** A past call. */
export type CallRecord = z.infer<typeof callRecordSchema>;
