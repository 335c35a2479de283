import { z } from 'zod';
import { ticketText } from './fields.ts';

/**
 * How a ticket reached the app from outside the window. `command-line`: the app was started with the ticket,
 * for example because Linux or Windows opened a link. `second-instance`: the app was started again with the
 * same data folder. `link`: macOS passed a link to the running app. `drop`: the user dropped something that
 * contained the ticket onto the window.
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
