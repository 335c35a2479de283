import { ReasonError } from '../../common/base/errors.ts';
import type { PullFailure } from '../../common/bridge/bridge.ts';
import { irohMessage } from '../transport/transport-error.ts';

/** Reasons why a connection to a peer could not be established. */
export type ConnectFault =
  | 'offline' // no answer in time, or no known address
  | 'refused' // the peer answered and refused the connection
  | 'incompatible' // no common protocol version
  | 'self' // the ticket is this endpoint's own
  | 'invalid' // the ticket's address is malformed
  | 'aborted' // the caller aborted the attempt
  | 'failed'; // anything else

/**
 * Thrown if a connection to a peer cannot be established. The message is for the log; `failureOf` maps the
 * reason to a message for the user.
 */
export class ConnectError extends ReasonError<ConnectFault> {}

/** Patterns for iroh's error messages, because iroh 1.1.0 has no error codes. The first match wins. */
const PATTERNS: readonly (readonly [RegExp, ConnectFault])[] = [
  [/Connecting to ourself/, 'self'],
  [/doesn't support any known protocol|error 120\b/, 'incompatible'],
  [/refused to accept/, 'refused'],
  // The certificate belongs to another endpoint, which now uses the address. The peer itself is not reachable
  // there.
  [/invalid peer certificate/, 'offline'],
  [/No addressing information|timed out/, 'offline'],
  [/Failed to parse relay URL|invalid socket address/, 'invalid'],
  [/closed by peer|aborted by peer/, 'refused'],
];

const MESSAGES: Record<ConnectFault, string> = {
  offline: 'The addresses in the ticket are not responding.',
  refused: 'The peer refused the connection.',
  incompatible: 'The peer and this app support no common protocol version. One of the two needs an update.',
  self: 'The ticket is your own.',
  invalid: 'The address in the ticket is not valid.',
  aborted: 'The connection attempt was aborted.',
  failed: 'The connection failed.',
};

/** Creates a ConnectError with the standard message for its reason. */
export function connectError(reason: ConnectFault, cause?: unknown): ConnectError {
  return new ConnectError(reason, MESSAGES[reason], { cause });
}

/** Classifies an error from iroh's `connect`. Returns a ConnectError unchanged. */
export function connectErrorFrom(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const text = irohMessage(error);
  const reason = PATTERNS.find(([pattern]) => pattern.test(text))?.[1] ?? 'failed';
  return connectError(reason, error);
}

/**
 * Maps an error to the failure that the bridge reports. An error other than a ConnectError means that an established
 * connection was lost.
 */
export function failureOf(error: unknown): PullFailure {
  if (!(error instanceof ConnectError)) return 'lost';
  switch (error.reason) {
    case 'aborted':
      return 'lost';
    case 'failed':
      return 'offline';
    // The app normally serves its own tickets without a connection. If such a ticket is dialed anyway, its
    // broadcast cannot be pulled.
    case 'self':
      return 'invalid';
    default:
      return error.reason;
  }
}
