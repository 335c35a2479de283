import { messageOf } from '../../common/base/errors.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import type { Call } from './call.ts';
import { type CallConnection, REPLACED } from './call-connection.ts';
import type { CallRecovery } from './call-recovery.ts';
import type { CallsOptions } from './calls-options.ts';
import { dialCall } from './dial.ts';
import { HANG_UP } from './disconnect.ts';

/** Options for `OutgoingCalls`: how to dial a call, and the object that redials a lost call. */
interface OutgoingCallsOptions extends Pick<CallsOptions, 'origin' | 'dial' | 'failureOf' | 'localId'> {
  recovery: CallRecovery;
}

/** Whether this side made the call and the peer has not answered yet. */
export function isUnansweredOutgoing({ view, state }: Call): boolean {
  return view.direction === 'out' && (state === 'dialing' || state === 'ringing');
}

/** Connects outgoing calls, and resolves glare, which occurs when two peers call each other at the same time. */
export class OutgoingCalls {
  readonly #options: OutgoingCallsOptions;
  /** For each call in glare, the connection that the peer opened. Used if this side's own connection fails. */
  readonly #parked = new Map<Call, CallConnection>();

  constructor(options: OutgoingCallsOptions) {
    this.#options = options;
  }

  /**
   * Dials the peer and attaches the connection to the call. If dialing fails, the call ends with that failure. Never
   * rejects.
   */
  async connect(call: Call, address: PeerAddr): Promise<void> {
    try {
      const connection = await dialCall(this.#options, address, call.signal);
      if (call.state === 'dialing') call.attach(connection);
      else void connection.session.close(REPLACED);
    } catch (error) {
      if (call.state !== 'dialing') return;
      const parked = this.#parked.get(call);
      this.#parked.delete(call);
      if (parked && !parked.session.scope.closed) {
        this.#acceptPeers(call, parked);
        return;
      }
      log.info(`call ${call.id}: ${messageOf(error)}`);
      call.fail(this.#options.failureOf(error));
    }
  }

  /**
   * Handles a connection from a peer that is being dialed. The connection of the side with the lower endpoint
   * id wins, and the other side accepts it without ringing.
   */
  resolveGlare(call: Call, connection: CallConnection): void {
    if (this.#options.localId < call.peer) {
      void this.#parked.get(call)?.session.close(REPLACED);
      this.#parked.set(call, connection);
    } else this.#acceptPeers(call, connection);
  }

  /** Closes the parked connection of a call that has ended. */
  remove(call: Call): void {
    void this.#parked.get(call)?.session.close(HANG_UP.reason, HANG_UP.code);
    this.#parked.delete(call);
  }

  #acceptPeers(call: Call, connection: CallConnection): void {
    this.#options.recovery.yieldRedialling(call);
    call.attach(connection);
    call.accept();
  }
}
