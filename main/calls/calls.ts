import { randomUUID } from 'node:crypto';
import { Scope } from '../../common/base/scope.ts';
import type { Readable } from '../../common/base/store.ts';
import type { CallState, TicketOrigin } from '../../common/bridge/bridge.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { Call, isRingingHere } from './call.ts';
import type { CallConnection } from './call-connection.ts';
import { CallList } from './call-list.ts';
import { callRecordOf } from './call-record.ts';
import { CallRecovery } from './call-recovery.ts';
import { CallReporter } from './call-reporter.ts';
import { CallScreening } from './call-screening.ts';
import { parseCallTicket } from './call-ticket.ts';
import { CALL_TIMES, type CallTimes } from './call-times.ts';
import { CallerPolicy } from './caller-policy.ts';
import { CALL_LIMITS, type CallsOptions } from './calls-options.ts';
import { HANG_UP, REFUSED, SHUTDOWN } from './disconnect.ts';
import { IncomingCalls } from './incoming-calls.ts';
import { InterruptedCall } from './interrupted-call.ts';
import { OngoingCallRecorder } from './ongoing-call-recorder.ts';
import { OutgoingCalls } from './outgoing-calls.ts';
import { UnattendedCallGuard } from './unattended-call.ts';

/**
 * All calls of this endpoint, from the first ring to the history entry. At most one call is current; further callers
 * can wait.
 */
export class Calls {
  /** Detects callers among incoming sessions. */
  readonly screening: CallScreening;
  /** The call that was active when the previous process was killed. */
  readonly interrupted: InterruptedCall;
  readonly #options: CallsOptions;
  readonly #times: CallTimes;
  readonly #policy: CallerPolicy;
  readonly #list: CallList;
  readonly #incoming: IncomingCalls;
  readonly #outgoing: OutgoingCalls;
  readonly #recovery: CallRecovery;
  readonly #recorder: OngoingCallRecorder;
  readonly #unattended: UnattendedCallGuard;
  readonly #reporter: CallReporter;
  /** A waiting call that is being accepted while the current call ends. */
  #accepting: Call | undefined;
  readonly #scope = new Scope();

  constructor(options: CallsOptions) {
    const { book, settings, autoAccept, onlyContacts, ongoing } = options;
    const limits = { ...CALL_LIMITS, ...options.limits };
    this.#options = options;
    this.#times = { ...CALL_TIMES, ...options.times };
    this.#policy = new CallerPolicy({ book, settings, autoAccept, onlyContacts, ...limits });
    this.#list = new CallList(({ peer, view }) => this.#policy.namesOf(peer, view.remote?.name ?? ''));
    this.#reporter = new CallReporter(this.#policy, options.onEvent);
    this.#recovery = new CallRecovery({ dialer: options, redialMs: limits.redialMs });
    this.#recorder = new OngoingCallRecorder(ongoing, this.#recovery);
    this.#outgoing = new OutgoingCalls({ ...options, recovery: this.#recovery });
    this.#incoming = new IncomingCalls({
      ...{ list: this.#list, policy: this.#policy, outgoing: this.#outgoing, recovery: this.#recovery },
      ...{ book, settings, limits },
      create: (peer) => this.#create('in', peer),
      show: (call) => this.#show(call),
      onBusy: (peer) => this.#reporter.reportBusy(peer),
    });
    this.interrupted = new InterruptedCall({
      ...{ file: ongoing, book, policy: this.#policy },
      withinMs: this.#times.reconnectMs,
    });
    this.#unattended = new UnattendedCallGuard({
      all: () => this.#list.all,
      active: () => this.#list.active,
      hangUpMs: this.#times.noWindowMs,
    });
    this.screening = new CallScreening({
      ...limits,
      isExpected: (peer) => this.#list.withPeer(peer) !== undefined,
      onCaller: (connection) => this.#receive(connection),
    });
    this.#scope.own(() => this.#flush());
    this.#scope.own(() => this.interrupted.dismiss());
    this.#scope.own(() => this.#endAll());
    this.#scope.own(() => this.screening.close());
    this.#scope.own(() => this.#unattended.close());
    this.#scope.own(settings.subscribe(({ displayName }) => this.#rename(displayName)));
    this.#scope.own(book.contacts.subscribe(() => this.#applyContacts()));
  }

  /** The current call, or the call that ended last until it is dismissed. */
  get states(): Readable<readonly CallState[]> {
    return this.#list.states;
  }

  /** The calls that are waiting for the current call to end; longest wait first. */
  get waitingStates(): Readable<readonly CallState[]> {
    return this.#list.waitingStates;
  }

  /**
   * Calls the peer in a call ticket and returns the call's id. If the peer is already calling this endpoint,
   * returns the id of that call, and accepts the call if the user entered the ticket in the window.
   *
   * @throws TicketError if the text is not a ticket
   * @throws Error with a message for the user if the ticket cannot be called at the moment
   */
  dial(text: string, origin: TicketOrigin): string {
    return this.#dial(parseCallTicket(text, this.#options.localId), origin);
  }

  /**
   * Calls the peer of the interrupted call again, at the addresses known from that call, and returns the new
   * call's id. A peer that is still waiting for a reconnect continues the call immediately.
   *
   * @throws Error with a message for the user if there is no interrupted call, or if a call is in progress
   */
  redialInterrupted(): string {
    const interrupted = this.interrupted.state.get();
    if (!interrupted) throw new Error('This call has already been continued or dismissed.');
    return this.#dial({ endpointId: interrupted.peer, ...interrupted.address }, 'user');
  }

  /**
   * Accepts a ringing call. If the call was waiting, the current call ends first.
   *
   * @throws Error if the call is not ringing on this side
   */
  accept(id: string): void {
    const call = this.#list.findRinging(id);
    if (this.#list.removeWaiting(call)) {
      // The current call must end, and its end must be reported, before the new call is shown. Until then, no
      // other waiting call may ring.
      this.#accepting = call;
      this.#list.current?.end(HANG_UP);
      this.#accepting = undefined;
      this.#show(call);
    }
    call.accept();
  }

  /** Declines a ringing call. @throws Error if the call is not ringing on this side */
  decline(id: string): void {
    this.#list.findRinging(id).end(REFUSED);
  }

  /** Hangs up. @throws Error if there is no such call */
  hangUp(id: string): void {
    const call = this.#list.find(id);
    call.end(isRingingHere(call) ? REFUSED : HANG_UP);
  }

  /** Registers a window's session. Returns a function that unregisters it. Calls end if no window remains. */
  attachWindow(): () => void {
    return this.#unattended.attachWindow();
  }

  /**
   * Whether to refuse all connections from a peer because it is blocked. While a call with a blocked peer
   * exists, that peer can still connect.
   */
  refuses(peer: string): boolean {
    return this.#policy.isBlocked(peer) && this.#list.withPeer(peer) === undefined;
  }

  /** Removes a call that has ended from `states`. */
  dismiss(id: string): void {
    this.#list.dismiss(id);
  }

  /**
   * Changes this side's status in a call and sends it to the peer.
   *
   * @throws Error if there is no such call
   */
  updateStatus(id: string, status: { muted: boolean; pictureOff: boolean; sharing: boolean }): void {
    this.#list.find(id).updateStatus(status);
  }

  /** Ends all calls. Resolves when the history has been saved. Idempotent. */
  close(): Promise<void> {
    return this.#scope.close();
  }

  #dial(address: PeerAddr, origin: TicketOrigin): string {
    if (this.#scope.closed) throw new Error('The app is closing.');
    const existing = this.#list.withPeer(address.endpointId);
    if (existing && !this.#list.current && this.#list.removeSilenced(existing)) this.#show(existing);
    if (existing && this.#list.isShown(existing)) {
      // A ticket from outside the window never accepts a call. The peer may have tricked the user into
      // opening the ticket and started to ring at the same time.
      if (isRingingHere(existing) && origin === 'user') this.accept(existing.id);
      return existing.id;
    }
    if (this.#list.current)
      throw new Error('You are already in a call. Hang up before you call someone else.');
    const call = this.#create('out', address.endpointId);
    this.#recovery.add(call, address, true);
    this.#show(call);
    void this.#outgoing.connect(call, address);
    return call.id;
  }

  #receive(connection: CallConnection): void {
    if (this.#scope.closed) void connection.session.close(SHUTDOWN.reason, SHUTDOWN.code);
    else this.#incoming.receive(connection);
  }

  #create(direction: 'out' | 'in', peer: string): Call {
    const { origin, settings } = this.#options;
    const call = new Call({
      id: randomUUID(),
      direction,
      peer,
      origin,
      times: this.#times,
      status: { name: settings.get().displayName, muted: false, pictureOff: false, sharing: false },
      peerNameFor: (claimedName) => this.#policy.displayName(peer, claimedName),
      onConnection: (call, connection) => {
        this.#recovery.updateAddress(call, connection);
        this.#options.onConnection?.(connection.session, call.id);
      },
      onChange: (call) => this.#onChange(call),
      onLost: (call) => (this.#policy.isBlocked(peer) ? call.end(HANG_UP) : this.#recovery.redial(call)),
    });
    this.#unattended.add(call);
    return call;
  }

  /** Makes a call the current one. Accepts it immediately if the user need not be asked about calls from that peer. */
  #show(call: Call): void {
    this.#list.show(call);
    this.interrupted.dismissFor(call.peer);
    this.#onChange(call);
    if (isRingingHere(call) && this.#policy.autoAccepts(call.peer)) call.accept();
  }

  #onChange(call: Call): void {
    const isShown = this.#list.isShown(call);
    if (isShown || this.#list.isWaiting(call)) this.#list.publish();
    if (isShown) {
      this.#recorder.update(call);
      this.#unattended.update();
    }
    // If a call was silenced after it had started to ring here, still report that it has ended.
    const hasWaited = this.#list.isWaiting(call) && call.state === 'ended';
    if (isShown || hasWaited || this.#reporter.hasReported(call)) this.#reporter.report(call);
    if (call.state === 'ended') this.#onEnded(call, isShown);
  }

  #onEnded(call: Call, wasShown: boolean): void {
    const wasWaiting = this.#list.removeWaiting(call);
    if (wasWaiting) this.#list.publish();
    const wasSilenced = this.#list.removeSilenced(call);
    const { direction, activeAtMs } = call.view;
    if (direction === 'in') this.screening.recordRing(call.peer, activeAtMs !== null);
    if (direction === 'in' && activeAtMs !== null) this.#policy.recordAnswered(call.peer);
    this.#outgoing.remove(call);
    if (wasShown || wasWaiting || (wasSilenced && this.#policy.recordsSilenced(call.peer))) {
      const record = callRecordOf(call, this.#recovery.peerOf(call)?.address);
      this.#recorder.clear(call, this.#options.book.record(record));
    }
    this.#recovery.remove(call);
    this.#ringNextWaiting();
  }

  #ringNextWaiting(): void {
    const { current, waiting } = this.#list;
    const [next] = waiting;
    if (!next || current || this.#accepting || this.#scope.closed) return;
    this.#list.removeWaiting(next);
    this.#show(next);
  }

  #rename(displayName: string): void {
    for (const call of this.#list.all) call.updateStatus({ name: displayName });
  }

  #applyContacts(): void {
    for (const call of this.#list.all) {
      if (isRingingHere(call) && this.#policy.isBlocked(call.peer)) call.end(REFUSED);
    }
    this.interrupted.discardIfBlocked();
    this.#list.publish();
  }

  /** Resolves when the history has been saved and then the file of the current call. */
  async #flush(): Promise<void> {
    await this.#options.book.flushed();
    await this.interrupted.flushed();
    await this.#recorder.flushed();
  }

  #endAll(): void {
    const { silenced, waiting, shown } = this.#list;
    for (const call of [...silenced, ...waiting, ...shown]) call.end(SHUTDOWN);
  }
}
