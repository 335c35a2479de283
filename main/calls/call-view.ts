import type { CallState } from '../../common/bridge/bridge.ts';

/**
 * The state of a call as shown in the window, but without information about the peer from the contacts and
 * the history.
 */
export type CallView = Omit<CallState, 'contactName' | 'isContact' | 'earlierName' | 'resembles'>;

/** Returns the initial view of a new call. */
export function newCallView(id: string, direction: 'out' | 'in', peer: string): CallView {
  return {
    id,
    direction,
    state: direction === 'out' ? 'dialing' : 'ringing',
    peer,
    remote: null,
    hasMedia: false,
    startedAtMs: Date.now(),
    activeAtMs: null,
    reason: null,
    error: null,
    message: null,
  };
}

/** Returns the fields of a view that change while a lost connection is being restored. */
export function reconnectingView(peerName: string): Pick<CallView, 'state' | 'reason' | 'message'> {
  const message = `The connection to ${peerName} was lost. Reconnecting…`;
  return { state: 'reconnecting', reason: 'TransportError', message };
}
