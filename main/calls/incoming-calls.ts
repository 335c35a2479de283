import { randomUUID } from 'node:crypto';
import type { Readable } from '../../common/base/store.ts';
import type { Settings } from '../../common/bridge/bridge.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import { log } from '../base/log.ts';
import { type Call, isRingingHere } from './call.ts';
import type { CallBook } from './call-book.ts';
import type { CallConnection } from './call-connection.ts';
import type { CallList } from './call-list.ts';
import { callTicketFor, observedAddress } from './call-record.ts';
import type { CallRecovery } from './call-recovery.ts';
import type { CallerPolicy } from './caller-policy.ts';
import type { CallLimits } from './calls-options.ts';
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
  limits: Pick<CallLimits, 'waiting' | 'waitingContacts' | 'silenced'>;
  /** Creates an incoming call from the given peer. */
  create: (peer: string) => Call;
  /** Shows a call as the current one. */
  show: (call: Call) => void;
  /** Called with the id of a peer whose call was refused because another call is active. */
  onBusy: (peer: string) => void;
}

/**
 * Decides what happens to a connection from a caller. The connection joins an existing call, starts a call
 * that rings, waits or is silenced, or is closed.
 */
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
    else this.#ringSilently(connection);
  }

  /** Starts a new call, which rings, waits for the current call to end, or gets a busy signal. */
  #ring(connection: CallConnection): void {
    const { list, show } = this.#options;
    this.#yieldToContact(connection.transport.remoteId);
    const isBusy = list.current !== undefined;
    if (isBusy && !this.#canWait(connection.transport.remoteId)) {
      this.#rejectBusy(connection);
      return;
    }
    const call = this.#create(connection);
    if (isBusy) list.addWaiting(call);
    call.attach(connection);
    if (!isBusy) show(call);
  }

  /**
   * Starts a silenced call, which rings only for the caller until it times out or the caller gives up. The
   * caller cannot tell whether the user is away, has too many calls, or lets only contacts ring. Strangers
   * and known peers have separate limits.
   */
  #ringSilently(connection: CallConnection): void {
    const { list, policy, limits } = this.#options;
    const peer = connection.transport.remoteId;
    const standing = policy.standingOf(peer);
    const others = list.silenced.filter((call) => policy.standingOf(call.peer) === standing);
    if (others.length >= limits.silenced) {
      log.debug(`call of ${shortId(peer)} refused: too many silenced calls`);
      void connection.session.close(BUSY.reason, BUSY.code);
      if (policy.recordsSilenced(peer)) this.#record(connection, 'missed');
      return;
    }
    log.debug(`call of ${shortId(peer)} does not ring here`);
    const call = this.#create(connection);
    list.silence(call);
    call.attach(connection);
  }

  /**
   * If a contact calls while a stranger's call is ringing, silences the stranger's call. Otherwise, strangers
   * could keep the line busy.
   */
  #yieldToContact(peer: string): void {
    const { list, policy } = this.#options;
    const { current } = list;
    if (current && isRingingHere(current) && policy.isContact(peer) && !policy.isContact(current.peer))
      list.silence(current);
  }

  #canWait(peer: string): boolean {
    const { list, policy, settings, limits } = this.#options;
    const places = policy.isContact(peer) ? limits.waiting : limits.waiting - limits.waitingContacts;
    return settings.get().whenBusy === 'wait' && list.waiting.length < places;
  }

  #create(connection: CallConnection): Call {
    const { create, recovery } = this.#options;
    const call = create(connection.transport.remoteId);
    recovery.add(call, observedAddress(connection.transport), false);
    return call;
  }

  #rejectBusy(connection: CallConnection): void {
    void connection.session.close(BUSY.reason, BUSY.code);
    this.#record(connection, 'busy');
    this.#options.onBusy(connection.transport.remoteId);
  }

  /** Adds to the history a call that was refused without ringing. */
  #record({ transport }: CallConnection, outcome: 'busy' | 'missed'): void {
    void this.#options.book.record({
      id: randomUUID(),
      peer: transport.remoteId,
      direction: 'in',
      startedAtMs: Date.now(),
      remoteName: '',
      durationMs: 0,
      outcome,
      ticket: callTicketFor(observedAddress(transport)),
    });
  }
}
