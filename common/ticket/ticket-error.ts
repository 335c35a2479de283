import { ReasonError } from '../base/errors.ts';

/** Reasons why a ticket cannot be read or written. */
export const ticketFaults = [
  'empty',
  'too-long',
  'wrong-scheme', // another kind of link, or a web link without a ticket
  'not-base64url',
  'not-base32',
  'truncated', // the address ends too early
  'left-over', // bytes after the end of the address
  'bad-number', // a varint that is too large or longer than necessary
  'bad-key',
  'bad-relay-url',
  'bad-address', // only when writing
  'unknown-address-kind',
  'name-missing',
  'bad-name', // the name would not survive writing and reading
] as const;
/** A reason why a ticket cannot be read or written. */
export type TicketFault = (typeof ticketFaults)[number];

/** The only error that the functions for reading and writing tickets throw. Its message is for the user. */
export class TicketError extends ReasonError<TicketFault> {}
