import { z } from 'zod';
import { MAX_NAME_CHARS } from '../ticket/broadcast-name.ts';
import { label, ticketText } from './fields.ts';

/** How a connection ended, in iroh-live's words. */
export const disconnectReasons = ['LocalClose', 'RemoteClose', 'TransportError'] as const;
export type DisconnectReason = (typeof disconnectReasons)[number];

/** Why a call did not come about or is over, in iroh-live's words. */
export const callErrors = ['ConnectionFailed', 'Rejected', 'Ended'] as const;
export type CallError = (typeof callErrors)[number];

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
