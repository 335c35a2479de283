import { randomUUID } from 'node:crypto';
import type { Readable } from '../../common/base/store.ts';
import type { Settings } from '../../common/bridge/bridge.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import { log } from '../base/log.ts';
import type { Call } from './call.ts';
import type { CallBook } from './call-book.ts';
import type { CallConnection } from './call-connection.ts';
import type { CallList } from './call-list.ts';
import { callTicketFor, observedAddress } from './call-record.ts';
import type { CallRecovery } from './call-recovery.ts';
import type { CallerPolicy } from './caller-policy.ts';
import { BUSY, REFUSED } from './disconnect.ts';
import { isUnansweredOutgoing, type OutgoingCalls } from './outgoing-calls.ts';

/** The parts of `Calls` that incoming-call handling needs. */
interface IncomingCallsOptions {
  list: CallList;
  policy: CallerPolicy;
  outgoing: OutgoingCalls;
  recovery: CallRecovery;
  book: CallBook;
  settings: Readable<Settings>;
  /** Maximum number of callers that can wait while a call is active. */
  maxWaiting: number;
  /** Creates an incoming call from that peer. */
  create: (peer: string) => Call;
  /** Shows a call as the current one. */
  show: (call: Call) => void;
}

/** Decides what happens to a caller's connection: it is attached to an existing call, rings, waits, or is refused. */
export class IncomingCalls {
  readonly #options: IncomingCallsOptions;

  constructor(options: IncomingCallsOptions) {
    this.#options = options;
  }

  /** Handles a connection that has passed screening. */
  receive(connection: CallConnection): void {
    const { list, policy, outgoing } = this.#options;
    const { session, transport } = connection;
    const peer = transport.remoteId;
    const call = list.withPeer(peer);
    const isGlare = call !== undefined && isUnansweredOutgoing(call);
    if (policy.isBlocked(peer) && !isGlare) {
      void session.close(REFUSED.reason, REFUSED.code);
      if (call?.state === 'reconnecting') call.end(REFUSED);
    } else if (call && isGlare) outgoing.resolveGlare(call, connection);
    else if (call) call.attach(connection);
    else if (policy.mayRing(peer)) this.#ring(connection);
    else {
      log.info(`call of ${shortId(peer)} refused: too many calls from unknown peers`);
      void session.close(BUSY.reason, BUSY.code);
    }
  }

  /** Starts a new call, which rings, waits for the current call to end, or gets a busy signal. */
  #ring(connection: CallConnection): void {
    const { list, settings, maxWaiting, create, recovery, show } = this.#options;
    const isBusy = list.current !== undefined;
    const canWait = settings.get().whenBusy === 'wait' && list.waiting.length < maxWaiting;
    if (isBusy && !canWait) {
      this.#rejectBusy(connection);
      return;
    }
    const call = create(connection.transport.remoteId);
    recovery.add(call, observedAddress(connection.transport), false);
    if (isBusy) list.addWaiting(call);
    call.attach(connection);
    if (!isBusy) show(call);
  }

  #rejectBusy({ session, transport }: CallConnection): void {
    void session.close(BUSY.reason, BUSY.code);
    void this.#options.book.record({
      id: randomUUID(),
      peer: transport.remoteId,
      direction: 'in',
      startedAtMs: Date.now(),
      remoteName: '',
      durationMs: 0,
      outcome: 'busy',
      ticket: callTicketFor(observedAddress(transport)),
    });
  }
}
