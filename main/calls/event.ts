import type { CallError, CallState, DisconnectReason } from '../../common/bridge.ts';

/** What scripts are told, at every change of a call's state. */
export interface CallEvent {
  event: 'call';
  state: CallState['state'];
  direction: 'out' | 'in';
  peer: string;
  reason: DisconnectReason | null;
  error: CallError | null;
  message: string | null;
}
