import type { CallError, CallRecord, DisconnectReason } from '../../common/bridge/bridge.ts';

/** Why a connection ended, as its transport tells it. */
export interface CloseInfo {
  /** transport: neither side closed it; the network did, or it timed out. */
  by: 'local' | 'remote' | 'transport';
  /** The application's code, 0 where there is none. */
  code: number;
  reason: string;
}

/** With which a call's connection is closed, as iroh-live does it. */
export const HANG_UP = { code: 0, reason: 'call ended' } as const;
export const REFUSED = { code: 1, reason: 'rejected' } as const;
/** A refusal too; iroh-live has no word of its own for it. */
export const BUSY = { code: 1, reason: 'busy' } as const;
export const SHUTDOWN = { code: 0, reason: 'cancelled' } as const;

/**
 * iroh-live's table: LocallyClosed is LocalClose; ApplicationClosed, ConnectionClosed, Reset or no reason at all is
 * RemoteClose; anything else is TransportError.
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

/** Why there never was a connection. */
export type DialFault = 'offline' | 'refused' | 'incompatible' | 'invalid' | 'failed';

/** How a call ended, as its owner saw it. */
export interface CallEnd {
  direction: 'out' | 'in';
  /** How far it came: no connection, ringing, both in it. */
  reached: 'dialing' | 'ringing' | 'active';
  /** Undefined: there was no connection, or nothing is known of its end. */
  close: CloseInfo | undefined;
  /** A time that ran out, or why dialling failed. */
  cause?: 'noAnswer' | 'reconnect' | DialFault;
}

export interface CallVerdict {
  /** Null: there was no connection that could end. */
  reason: DisconnectReason | null;
  error: CallError;
  outcome: CallRecord['outcome'];
  /** In words, with what the person calls the other one. */
  message: string;
}

/** What the end of a call means. `who` is what to call the peer; null where no name is known. */
export function judgeEnd(end: CallEnd, who: string | null): CallVerdict {
  const judged = judge(end, who ?? NAMELESS);
  return who === null ? { ...judged, message: withoutName(judged.message) } : judged;
}

/** Stands in a message where a name would. */
const NAMELESS = '%WHO%';

function withoutName(message: string): string {
  return message
    .replace(/(to|from) %WHO%/, '$1 them')
    .replace('%WHO% is ', 'They are ')
    .replace('%WHO% was ', 'they were ')
    .replace('%WHO%’s', 'their')
    .replace(/^%WHO%/, 'They')
    .replace('%WHO%', 'they');
}

function judge(end: CallEnd, who: string): CallVerdict {
  const { direction, reached, close, cause } = end;
  if (reached === 'dialing') return judgeDial(close, cause, who);
  const reason = disconnectReason(close);
  if (reason === 'LocalClose' && close && close.code > REFUSED.code) {
    const outcome = reached === 'active' ? 'lost' : 'failed';
    return verdict(reason, 'Ended', outcome, `The call was ended: ${who}’s app misbehaved.`);
  }
  if (reached === 'active') return judgeActive(reason, close, who);
  return direction === 'out'
    ? judgeRingOut(reason, close, cause, who)
    : judgeRingIn(reason, close, cause, who);
}

function judgeDial(close: CloseInfo | undefined, cause: CallEnd['cause'], who: string): CallVerdict {
  if (close?.by === 'local') {
    return verdict('LocalClose', 'Ended', 'noAnswer', `You ended the call before ${who} was reached.`);
  }
  const failed = (message: string) => verdict(null, 'ConnectionFailed', 'failed', message);
  switch (cause) {
    case 'refused':
      return failed(`${who} could not be reached: their app refused the connection.`);
    case 'incompatible':
      return failed(`${who} could not be reached: one of your apps needs an update.`);
    case 'invalid':
      return failed('The address in the call ticket is not valid. Ask for a new one.');
    case 'offline':
      return failed(`${who} could not be reached: they seem to be offline.`);
    default:
      return failed(`${who} could not be reached: the connection could not be made.`);
  }
}

function judgeActive(reason: DisconnectReason, close: CloseInfo | undefined, who: string): CallVerdict {
  switch (reason) {
    case 'LocalClose':
      return verdict(reason, 'Ended', 'done', 'You hung up.');
    case 'RemoteClose': {
      const quit = close?.reason === SHUTDOWN.reason;
      return verdict(reason, 'Ended', 'done', quit ? `${who} closed their app.` : `${who} hung up.`);
    }
    case 'TransportError':
      return verdict(reason, 'Ended', 'lost', `The connection to ${who} was lost.`);
  }
}

function judgeRingOut(
  reason: DisconnectReason,
  close: CloseInfo | undefined,
  cause: CallEnd['cause'],
  who: string,
): CallVerdict {
  if (cause === 'noAnswer') return verdict(reason, 'Ended', 'noAnswer', `No answer from ${who}.`);
  switch (reason) {
    case 'LocalClose':
      return verdict(reason, 'Ended', 'noAnswer', `You ended the call before ${who} answered.`);
    case 'TransportError':
      return verdict(
        reason,
        'ConnectionFailed',
        'failed',
        `The connection to ${who} was lost before they answered.`,
      );
    case 'RemoteClose':
      if (close?.reason === BUSY.reason) {
        return verdict(reason, 'Rejected', 'busy', `${who} is busy with another call.`);
      }
      if (close?.code === REFUSED.code)
        return verdict(reason, 'Rejected', 'declined', `${who} declined the call.`);
      return verdict(reason, 'Rejected', 'failed', `${who} closed the connection without answering.`);
  }
}

function judgeRingIn(
  reason: DisconnectReason,
  close: CloseInfo | undefined,
  cause: CallEnd['cause'],
  who: string,
): CallVerdict {
  if (cause === 'noAnswer') {
    return verdict(reason, 'Ended', 'missed', `You missed a call from ${who}.`);
  }
  switch (reason) {
    case 'LocalClose':
      if (close?.reason === SHUTDOWN.reason) {
        return verdict(reason, 'Ended', 'missed', `You missed a call from ${who}: the app was closed.`);
      }
      return verdict(reason, 'Rejected', 'declined', `You declined the call from ${who}.`);
    case 'RemoteClose':
      return verdict(reason, 'Ended', 'missed', `You missed a call from ${who}: they gave up.`);
    case 'TransportError':
      return verdict(reason, 'Ended', 'missed', `You missed a call from ${who}: their connection was lost.`);
  }
}

function verdict(
  reason: DisconnectReason | null,
  error: CallError,
  outcome: CallRecord['outcome'],
  message: string,
): CallVerdict {
  return { reason, error, outcome, message };
}
