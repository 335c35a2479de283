import { messageOf } from '../../common/base/errors.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import type { Call } from './call.ts';
import { type CallLink, REPLACED } from './call-connection.ts';
import type { CallsOptions } from './calls-options.ts';
import { HANG_UP } from './disconnect.ts';
import { reach } from './reach.ts';
import type { Recovery } from './recovery.ts';

export interface OutgoingOptions extends Pick<CallsOptions, 'origin' | 'dial' | 'faultOf' | 'localId'> {
  recovery: Recovery;
}

/** A call made here that was not answered yet. */
export function isOurs({ view, state }: Call): boolean {
  return view.direction === 'out' && (state === 'dialing' || state === 'ringing');
}

/** Calls that are made here, until they are answered: the first link, and what is done when both call at once. */
export class Outgoing {
  readonly #options: OutgoingOptions;
  /** The other half of a call that both sides made at once; used if ours fails. */
  readonly #parked = new Map<Call, CallLink>();

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /** Never rejects: the call fails. */
  async reach(call: Call, address: PeerAddr): Promise<void> {
    try {
      const link = await reach(this.#options, address, call.signal);
      if (call.state === 'dialing') call.attach(link);
      else void link.session.close(REPLACED);
    } catch (error) {
      if (call.state !== 'dialing') return;
      const parked = this.#parked.get(call);
      this.#parked.delete(call);
      if (parked && !parked.session.scope.closed) {
        this.#take(call, parked);
        return;
      }
      log.info(`call ${call.id}: ${messageOf(error)}`);
      call.fail(this.#options.faultOf(error));
    }
  }

  /** Both called at once. The one with the lower id made the call; the other one takes it, without ringing. */
  crossed(call: Call, link: CallLink): void {
    if (this.#options.localId < call.peer) {
      void this.#parked.get(call)?.session.close(REPLACED);
      this.#parked.set(call, link);
    } else this.#take(call, link);
  }

  /** The call is over. */
  forget(call: Call): void {
    void this.#parked.get(call)?.session.close(HANG_UP.reason, HANG_UP.code);
    this.#parked.delete(call);
  }

  #take(call: Call, link: CallLink): void {
    this.#options.recovery.leaveDialling(call);
    call.attach(link);
    call.accept();
  }
}
