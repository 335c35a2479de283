import type { CallError, CallState, DisconnectReason } from '../../common/bridge/bridge.ts';

/** What scripts are told, at every change of a call's state. A call that is being restored is `dialing` again. */
export interface CallEvent {
  event: 'call';
  state: Exclude<CallState['state'], 'reconnecting'>;
  direction: 'out' | 'in';
  peer: string;
  reason: DisconnectReason | null;
  error: CallError | null;
  message: string | null;
}
