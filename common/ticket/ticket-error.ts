import { ReasonError } from '../base/errors.ts';

/** What can be wrong with a ticket. */
export const ticketFaults = [
  'empty',
  'too-long',
  'wrong-scheme', // another kind of link, or a web link that holds no ticket
  'not-base64url',
  'not-base32',
  'truncated', // the address ends too early
  'left-over', // bytes after the end of the address
  'bad-number', // a varint that is too big or not in its shortest form
  'bad-key',
  'bad-relay-url',
  'bad-address', // only when writing
  'unknown-address-kind',
  'name-missing',
  'bad-name', // only when writing: the name would not be read back
] as const;
export type TicketFault = (typeof ticketFaults)[number];

/** The only thing that reading or writing a ticket throws. The message is fit to show to a person. */
export class TicketError extends ReasonError<TicketFault> {}
