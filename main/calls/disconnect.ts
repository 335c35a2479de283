import type { CallError, CallRecord, DisconnectReason } from '../../common/bridge/bridge.ts';
import { unnamedPeer } from '../../common/words/caller-identity.ts';

/** Why a connection ended, as reported by its transport. */
export interface CloseInfo {
  /**
   * The side that closed the connection. `transport` means neither side: the network failed or the connection timed
   * out.
   */
  by: 'local' | 'remote' | 'transport';
  /** The application's close code; 0 if there is none. */
  code: number;
  reason: string;
}

/** Close code and reason when a user hangs up, as in iroh-live. */
export const HANG_UP = { code: 0, reason: 'call ended' } as const;
/** Close code and reason when a user declines a call, as in iroh-live. */
export const REFUSED = { code: 1, reason: 'rejected' } as const;
/**
 * Close code and reason when a call is refused because another call is active. iroh-live does not define a reason for
 * this case.
 */
export const BUSY = { code: 1, reason: 'busy' } as const;
/** Close code and reason when the app exits, as in iroh-live. */
export const SHUTDOWN = { code: 0, reason: 'cancelled' } as const;

/**
 * Maps the end of a connection to iroh-live's disconnect reason: LocallyClosed becomes LocalClose; ApplicationClosed,
 * ConnectionClosed, Reset or no reason becomes RemoteClose; anything else becomes TransportError.
 */
export function disconnectReason(close: CloseInfo | undefined): DisconnectReason {
  switch (close?.by) {
    case 'local':
      return 'LocalClose';
    case 'transport':
      return 'TransportError';
    default:
      return 'RemoteClose';
  }
}

/** Reasons why the peer could not be dialed. */
export type DialFailure = 'offline' | 'refused' | 'incompatible' | 'invalid' | 'failed';

/** The facts that determine the outcome of a call. */
export interface CallEnd {
  direction: 'out' | 'in';
  /**
   * The furthest state that the call reached: `dialing` if it was never connected, `ringing` if it was never
   * answered, `active` if it was answered.
   */
  reached: 'dialing' | 'ringing' | 'active';
  /** How the connection closed; undefined if there was no connection, or if that is unknown. */
  close: CloseInfo | undefined;
  /** A timeout, or the reason why dialing failed. */
  cause?: 'noAnswer' | 'reconnect' | DialFailure;
}

/** The outcome of a call, for the window, the history and the JSON events. */
interface CallResult {
  /** Null if there was never a connection. */
  reason: DisconnectReason | null;
  error: CallError;
  outcome: CallRecord['outcome'];
  /**
   * A message for the user. It contains the peer's name or, if the peer has no name, a generic word and the peer's
   * short id.
   */
  message: string;
}

/** Determines the outcome of a call with the endpoint `peer`. `peerName` is null if no name is known. */
export function callResultOf(end: CallEnd, peerName: string | null, peer: string): CallResult {
  if (peerName !== null) return resultOf(end, peerName);
  const result = resultOf(end, unnamedPeer(end.direction, peer));
  return { ...result, message: sentence(result.message) };
}

/** Returns the text with a capital first letter. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function resultOf(end: CallEnd, peerName: string): CallResult {
  const { direction, reached, close, cause } = end;
  if (reached === 'dialing') return dialResult(close, cause, peerName);
  const reason = disconnectReason(close);
  if (reason === 'LocalClose' && close && close.code > REFUSED.code) {
    const outcome = reached === 'active' ? 'lost' : 'failed';
    return result(reason, 'Ended', outcome, `The call ended because of a problem with ${peerName}’s app.`);
  }
  if (reached === 'active') return activeResult(reason, close, peerName);
  return direction === 'out'
    ? unansweredOutgoingResult(reason, close, cause, peerName)
    : unansweredIncomingResult(reason, close, cause, peerName);
}

function dialResult(close: CloseInfo | undefined, cause: CallEnd['cause'], peerName: string): CallResult {
  if (close?.by === 'local') {
    return result('LocalClose', 'Ended', 'noAnswer', `You hung up before the call reached ${peerName}.`);
  }
  const failed = (message: string) => result(null, 'ConnectionFailed', 'failed', message);
  switch (cause) {
    case 'refused':
      return failed(`Could not reach ${peerName}: their app refused the connection.`);
    case 'incompatible':
      return failed(`Could not reach ${peerName}: your app or theirs needs an update.`);
    case 'invalid':
      return failed('The address in the call ticket is not valid. Ask for a new ticket.');
    case 'offline':
      return failed(`Could not reach ${peerName}: they seem to be offline.`);
    default:
      return failed(`Could not connect to ${peerName}.`);
  }
}

function activeResult(reason: DisconnectReason, close: CloseInfo | undefined, peerName: string): CallResult {
  switch (reason) {
    case 'LocalClose':
      return result(reason, 'Ended', 'done', 'You hung up.');
    case 'RemoteClose': {
      const quit = close?.reason === SHUTDOWN.reason;
      return result(reason, 'Ended', 'done', quit ? `${peerName} closed their app.` : `${peerName} hung up.`);
    }
    case 'TransportError':
      return result(reason, 'Ended', 'lost', `The connection to ${peerName} was lost.`);
  }
}

function unansweredOutgoingResult(
  reason: DisconnectReason,
  close: CloseInfo | undefined,
  cause: CallEnd['cause'],
  peerName: string,
): CallResult {
  if (cause === 'noAnswer') return result(reason, 'Ended', 'noAnswer', `No answer from ${peerName}.`);
  switch (reason) {
    case 'LocalClose':
      return result(reason, 'Ended', 'noAnswer', `You hung up before ${peerName} answered.`);
    case 'TransportError':
      return result(
        reason,
        'ConnectionFailed',
        'failed',
        `The connection to ${peerName} was lost before they answered.`,
      );
    case 'RemoteClose':
      if (close?.reason === BUSY.reason) {
        return result(reason, 'Rejected', 'busy', `${peerName} is busy with another call.`);
      }
      if (close?.code === REFUSED.code)
        return result(reason, 'Rejected', 'declined', `${peerName} declined the call.`);
      return result(reason, 'Rejected', 'failed', `${peerName} closed the connection without answering.`);
  }
}

function unansweredIncomingResult(
  reason: DisconnectReason,
  close: CloseInfo | undefined,
  cause: CallEnd['cause'],
  peerName: string,
): CallResult {
  if (cause === 'noAnswer') {
    return result(reason, 'Ended', 'missed', `You missed a call from ${peerName}.`);
  }
  switch (reason) {
    case 'LocalClose':
      if (close?.reason === SHUTDOWN.reason) {
        return result(
          reason,
          'Ended',
          'missed',
          `You missed a call from ${peerName} because the app was closed.`,
        );
      }
      return result(reason, 'Rejected', 'declined', `You declined the call from ${peerName}.`);
    case 'RemoteClose':
      return result(reason, 'Ended', 'missed', `You missed a call from ${peerName}: they hung up.`);
    case 'TransportError':
      return result(
        reason,
        'Ended',
        'missed',
        `You missed a call from ${peerName}: their connection was lost.`,
      );
  }
}

function result(
  reason: DisconnectReason | null,
  error: CallError,
  outcome: CallRecord['outcome'],
  message: string,
): CallResult {
  return { reason, error, outcome, message };
}
