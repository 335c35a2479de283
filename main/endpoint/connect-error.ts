import { ReasonError } from '../../common/base/errors.ts';
import type { PullFailure } from '../../common/bridge/bridge.ts';
import { irohMessage } from '../transport/transport-error.ts';

/** Why a peer could not be connected. */
export type ConnectFault =
  | 'offline' // no answer in time, or no known address
  | 'refused' // the peer answered and refused the connection
  | 'incompatible' // no common protocol version
  | 'self' // the ticket is this endpoint's own
  | 'invalid' // the ticket's address is malformed
  | 'aborted' // the caller aborted the attempt
  | 'failed'; // anything else

/** The message is for the log. For the user, `failureOf` maps the reason to the messages in common/words/pull-words.ts. */
export class ConnectError extends ReasonError<ConnectFault> {}

/** Patterns of iroh's error texts, because iroh 1.1.0 has no error codes. The first match wins. */
const PATTERNS: readonly (readonly [RegExp, ConnectFault])[] = [
  [/Connecting to ourself/, 'self'],
  [/doesn't support any known protocol|error 120\b/, 'incompatible'],
  [/refused to accept/, 'refused'],
  // Another endpoint uses that address now, so the peer is elsewhere.
  [/invalid peer certificate/, 'offline'],
  [/No addressing information|timed out/, 'offline'],
  [/Failed to parse relay URL|invalid socket address/, 'invalid'],
  [/closed by peer|aborted by peer/, 'refused'],
];

const MESSAGES: Record<ConnectFault, string> = {
  offline: 'The peer does not answer at the addresses in the ticket.',
  refused: 'The peer refused the connection.',
  incompatible: 'The peer supports none of the protocol versions of this app. One of them needs an update.',
  self: 'The ticket is your own.',
  invalid: 'The address in the ticket is not valid.',
  aborted: 'The connection attempt was aborted.',
  failed: 'The connection failed.',
};

/** A ConnectError with the standard message of its reason. */
export function connectError(reason: ConnectFault, cause?: unknown): ConnectError {
  return new ConnectError(reason, MESSAGES[reason], { cause });
}

/** Classifies an error that iroh's connect rejected with. A ConnectError is returned as it is. */
export function connectErrorFrom(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const text = irohMessage(error);
  const reason = PATTERNS.find(([pattern]) => pattern.test(text))?.[1] ?? 'failed';
  return connectError(reason, error);
}

/**
 * Maps an error of connecting to a peer to the failure that the bridge reports. Any other error than a ConnectError
 * broke an established connection.
 */
export function failureOf(error: unknown): PullFailure {
  if (!(error instanceof ConnectError)) return 'lost';
  switch (error.reason) {
    case 'aborted':
      return 'lost';
    case 'failed':
      return 'offline';
    // Own tickets are served without a connection, so one that is dialled cannot be pulled.
    case 'self':
      return 'invalid';
    default:
      return error.reason;
  }
}
