import { z } from 'zod';
import { ticketText } from './fields.ts';

/**
 * How a ticket reached the app from outside the window.
 *
 * `command-line`: when the app was started, which is also how Linux and Windows open links.
 * `second-instance`: from another start with the same data folder. `link`: from macOS, while the app was
 * running. `drop`: dropped onto the window, where the user could not see the ticket itself.
 */
const outsideOrigins = ['command-line', 'second-instance', 'link', 'drop'] as const;
/** The origin of a ticket that the user has not seen yet. */
export type OutsideOrigin = (typeof outsideOrigins)[number];

/** The origin of a ticket. `user`: the user entered or selected it in the window and clicked a button. */
export type TicketOrigin = OutsideOrigin | 'user';

/**
 * A ticket from outside the window. Until the user confirms it, nothing is sent, no peer is dialed, no call
 * is accepted, and no device is opened.
 */
export const ticketRequestSchema = z.object({
  /**
   * Identifies the request that the user saw. A decision about a request that is no longer shown is rejected.
   */
  id: z.string().max(100),
  /** The ticket in its normal form. */
  ticket: ticketText,
  origin: z.enum(outsideOrigins),
});
/** A ticket that the window shows for confirmation. */
export type TicketRequest = z.infer<typeof ticketRequestSchema>;
