import { z } from 'zod';
import { MAX_NAME_CHARS } from '../ticket/broadcast-name.ts';
import { label, ticketText } from './fields.ts';

/** The reasons for the end of a connection, as named by iroh-live. */
const disconnectReasons = ['LocalClose', 'RemoteClose', 'TransportError'] as const;
/** The reason for the end of a connection. */
export type DisconnectReason = (typeof disconnectReasons)[number];

/** The reasons for the end or failure of a call, as named by iroh-live. */
const callErrors = ['ConnectionFailed', 'Rejected', 'Ended'] as const;
/** The reason for the end or failure of a call. */
export type CallError = (typeof callErrors)[number];

/** The status that one side of a call sends to the other. The keys are part of the wire format. */
export const callStatusSchema = z.object({
  /** The display name from that user's settings; empty if not set. It is not verified. */
  name: z.string().max(MAX_NAME_CHARS),
  muted: z.boolean(),
  pictureOff: z.boolean(),
  sharing: z.boolean(),
});

/** A call as the window shows it. */
export const callStateSchema = z.object({
  id: z.string(),
  direction: z.enum(['out', 'in']),
  /** ringing: at the peer (out) or here (in). reconnecting: the connection was lost and is being restored. */
  state: z.enum(['dialing', 'ringing', 'active', 'reconnecting', 'ended']),
  peer: z.string(),
  /** The peer's name in the contacts; null if there is none. */
  contactName: z.string().nullable(),
  /** The peer's status; null before the first one. */
  remote: callStatusSchema.nullable(),
  /** Whether the peer's broadcast is available. */
  hasMedia: z.boolean(),
  startedAtMs: z.number(),
  /** When the call became active; null before. */
  activeAtMs: z.number().nullable(),
  reason: z.enum(disconnectReasons).nullable(),
  error: z.enum(callErrors).nullable(),
  /** For the user: why the call ended or is being restored; null otherwise. */
  message: z.string().nullable(),
  /** This side's status as a window last reported it; missing before the first report. */
  own: callStatusSchema.omit({ name: true }).optional(),
  /** Only for a call resumed after a restart of the app: this side's status before it. */
  resumed: z.object({ muted: z.boolean(), pictureOff: z.boolean() }).optional(),
});
/** The state of one call. */
export type CallState = z.infer<typeof callStateSchema>;

/** A contact. Stored in `contacts.json`. */
export const contactSchema = z.object({
  peer: z.string(),
  /** Empty if the user gave no name. */
  name: label,
  /** What happens when the peer calls: ring, be accepted at once, or be refused. */
  access: z.enum(['ask', 'auto', 'blocked']),
});
/** A peer with a name or an access rule of its own. */
export type Contact = z.infer<typeof contactSchema>;

/** An entry of the call history. Stored in `calls.json`. */
export const callRecordSchema = z.object({
  id: z.string(),
  peer: z.string(),
  /** The display name that the peer claimed during the call. */
  remoteName: label,
  direction: z.enum(['out', 'in']),
  startedAtMs: z.number(),
  /** 0 if the call was never active. */
  durationMs: z.number(),
  outcome: z.enum(['done', 'declined', 'busy', 'noAnswer', 'missed', 'failed', 'lost']),
  /** The ticket for calling back; null if unknown. */
  ticket: ticketText.nullable(),
});
/** A call of the past. */
export type CallRecord = z.infer<typeof callRecordSchema>;
