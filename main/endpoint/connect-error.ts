import { ReasonError } from '../../common/base/errors.ts';
import type { PullFailure } from '../../common/bridge/bridge.ts';
import { irohMessage } from '../transport/transport-error.ts';

/** Why there is no connection to a peer. */
export type ConnectFault =
  | 'offline' // no answer in time, or no address to ask at
  | 'refused' // somebody answered and would not have us
  | 'incompatible' // no protocol version that both sides speak
  | 'self' // the ticket is this endpoint's own
  | 'invalid' // the address cannot be one
  | 'aborted' // the caller gave up
  | 'failed'; // anything else

/** The message is for the log. People are told what `failureOf` makes of it, in the words of common/words/pull-words.ts. */
export class ConnectError extends ReasonError<ConnectFault> {}

/** What iroh's connect says, by the words in its error text (1.1.0 gives nothing better). First match wins. */
const WORDS: readonly (readonly [RegExp, ConnectFault])[] = [
  [/Connecting to ourself/, 'self'],
  [/doesn't support any known protocol|error 120\b/, 'incompatible'],
  [/refused to accept/, 'refused'],
  // Somebody else lives at that address now: the friend is not there.
  [/invalid peer certificate/, 'offline'],
  [/No addressing information|timed out/, 'offline'],
  [/Failed to parse relay URL|invalid socket address/, 'invalid'],
  [/closed by peer|aborted by peer/, 'refused'],
];

const MESSAGES: Record<ConnectFault, string> = {
  offline: 'Your friend seems to be offline: nobody answers at the addresses in the ticket.',
  refused: 'The other side refused the connection.',
  incompatible:
    'The other side speaks no version of the protocol that this one knows. One of them needs an update.',
  self: 'This ticket is your own.',
  invalid: 'The address in the ticket is not valid.',
  aborted: 'The connection attempt was given up.',
  failed: 'The connection could not be made.',
};

export function connectError(reason: ConnectFault, cause?: unknown): ConnectError {
  return new ConnectError(reason, MESSAGES[reason], { cause });
}

/** What iroh rejected with, typed. */
export function connectErrorFrom(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const text = irohMessage(error);
  const reason = WORDS.find(([words]) => words.test(text))?.[1] ?? 'failed';
  return connectError(reason, error);
}

/** The bridge's word for it. What is not a ConnectError broke after the connection stood. */
export function failureOf(error: unknown): PullFailure {
  if (!(error instanceof ConnectError)) return 'lost';
  switch (error.reason) {
    case 'aborted':
      return 'lost';
    case 'failed':
      return 'offline';
    // Its own tickets are served without a connection; one that gets here names nobody else.
    case 'self':
      return 'invalid';
    default:
      return error.reason;
  }
}
