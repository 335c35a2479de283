import { z } from 'zod';
import { ticketText } from './fields.ts';

/**
 * The ways in which a ticket reaches the app without being entered in the window. `command-line`: the first start of
 * the app; on Linux and Windows, the system also opens a link this way. `second-instance`: a later start with the same
 * data folder. `link`: macOS delivered a link to the running app. `drop`: dropped onto the window, where the user saw
 * the dragged object but not the ticket in it.
 */
const outsideOrigins = ['command-line', 'second-instance', 'link', 'drop'] as const;
/** The origin of a ticket that the user has not seen yet. */
export type OutsideOrigin = (typeof outsideOrigins)[number];

/** The origin of a ticket. `user`: the user entered or selected it in the window and clicked a button. */
export type TicketOrigin = OutsideOrigin | 'user';

/**
 * A ticket from outside the window, waiting for the user's decision. Until the user confirms it, nothing is sent: no
 * peer is dialled, no call is accepted, and no device is opened.
 */
export const ticketRequestSchema = z.object({
  /** Identifies the request that the user saw. A decision about any other request is rejected. */
  id: z.string().max(100),
  /** The ticket in its normal form. */
  ticket: ticketText,
  origin: z.enum(outsideOrigins),
});
/** A ticket that the window shows for confirmation. */
export type TicketRequest = z.infer<typeof ticketRequestSchema>;
