import type { CallState } from '../../common/bridge/bridge.ts';

/** The state of a call as the window shows it, without the peer's name in the contacts. */
export type CallView = Omit<CallState, 'contactName'>;

/** A call that was active in an earlier process. Times are since the epoch. */
export interface ResumedCall {
  startedAtMs: number;
  activeAtMs: number;
  /** When to stop waiting for the peer. */
  untilMs: number;
  remoteName: string;
}

/** Returns the view of a new call. */
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

/** Returns the changes to a view while the connection is being restored. `peerName` is null if no name is known. */
export function reconnectingView(peerName: string | null): Pick<CallView, 'state' | 'reason' | 'message'> {
  const message = `The connection to ${peerName ?? 'them'} was lost. It is being restored.`;
  return { state: 'reconnecting', reason: 'TransportError', message };
}
