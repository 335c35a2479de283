import type { CallState } from '../../common/bridge/bridge.ts';
import { unnamedPeer } from '../../common/words/caller-identity.ts';
import type { Call } from './call.ts';
import type { CallerPolicy } from './caller-policy.ts';
import type { CallEvent } from './calls-options.ts';
import { sentence } from './disconnect.ts';

/** Emits the JSON events about calls. */
export class CallReporter {
  readonly #policy: CallerPolicy;
  readonly #onEvent: (event: CallEvent) => void;
  /** The state that each call's last JSON event contained. */
  readonly #reported = new WeakMap<Call, CallState['state']>();

  constructor(policy: CallerPolicy, onEvent: (event: CallEvent) => void) {
    this.#policy = policy;
    this.#onEvent = onEvent;
  }

  /** Whether an event about this call has been emitted. */
  hasReported(call: Call): boolean {
    return this.#reported.has(call);
  }

  /** Emits an event if the call's state has changed since the call's last event. */
  report(call: Call): void {
    const { state, direction, peer, reason, error, message } = call.view;
    if (this.#reported.get(call) === state) return;
    this.#reported.set(call, state);
    this.#onEvent({
      event: 'call',
      state: state === 'reconnecting' ? 'dialing' : state,
      direction,
      peer,
      contact: this.#policy.isContact(peer),
      reason,
      error,
      message,
    });
  }

  /** Emits the event about a call that was refused because another call is active. */
  reportBusy(peer: string): void {
    const name = this.#policy.displayName(peer, '') ?? unnamedPeer('in', peer);
    this.#onEvent({
      event: 'call',
      state: 'ended',
      direction: 'in',
      peer,
      contact: this.#policy.isContact(peer),
      reason: 'LocalClose',
      error: 'Rejected',
      message: sentence(`${name} called while you were in another call.`),
    });
  }
}
