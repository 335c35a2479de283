import { randomUUID } from 'node:crypto';
import type { Readable } from '../../common/base/store.ts';
import { CALL_NAME, type CallState } from '../../common/bridge/bridge.ts';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import { log } from '../base/log.ts';
import { CALL_TIMES, Call, type CallTimes } from './call.ts';
import type { CallLink } from './call-connection.ts';
import { Door } from './call-screening.ts';
import { Callers } from './callers.ts';
import { CALL_LIMITS, type CallLimits, type CallsOptions } from './calls-options.ts';
import { BUSY, HANG_UP, REFUSED, SHUTDOWN } from './disconnect.ts';
import type { Ongoing } from './ongoing.ts';
import { isOurs, Outgoing } from './outgoing.ts';
import { addressOf, recordOf, ticketFor } from './record.ts';
import { Recovery } from './recovery.ts';
import { Roster } from './roster.ts';
import { Unattended } from './unattended.ts';

/** All calls of this endpoint, from the first ring to the history: which one goes on, and what comes after it. */
export class Calls {
  readonly #options: CallsOptions;
  readonly #limits: CallLimits;
  readonly #times: CallTimes;
  /** Where incoming sessions turn out to be callers'. */
  readonly door: Door;
  readonly #callers: Callers;
  readonly #roster: Roster;
  readonly #outgoing: Outgoing;
  readonly #recovery: Recovery;
  readonly #unattended: Unattended;
  /** What scripts were told last. */
  readonly #told = new WeakMap<Call, CallState['state']>();
  /** One who waited and is being accepted, in place of the call that goes on. */
  #taking: Call | undefined;
  readonly #unsubscribe: () => void;
  #closed = false;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#limits = { ...CALL_LIMITS, ...options.limits };
    this.#times = { ...CALL_TIMES, ...options.times };
    const { book, autoAccept, ongoing } = options;
    this.#callers = new Callers({ book, autoAccept, strangersPerMinute: this.#limits.strangersPerMinute });
    this.#roster = new Roster((peer) => this.#callers.nameOf(peer));
    this.#recovery = new Recovery({ reaching: options, redialMs: this.#limits.redialMs, ongoing });
    this.#outgoing = new Outgoing({ ...options, recovery: this.#recovery });
    this.#unattended = new Unattended({
      active: () => this.#roster.active,
      hangUpMs: this.#times.noWindowMs,
    });
    this.door = new Door({
      ...this.#limits,
      expects: (peer) => this.#roster.with(peer) !== undefined,
      onKnock: (link) => this.#knock(link),
    });
    const unname = options.settings.subscribe(({ displayName }) => {
      for (const call of this.#roster.all) call.tell({ name: displayName });
    });
    const uncontact = book.contacts.subscribe(() => {
      for (const call of this.#roster.all) {
        if (ringsHere(call) && this.#callers.isBlocked(call.peer)) call.end(REFUSED);
      }
      this.#roster.publish();
    });
    this.#unsubscribe = () => {
      unname();
      uncontact();
    };
  }

  get states(): Readable<readonly CallState[]> {
    return this.#roster.states;
  }

  /** Those that wait for the call that goes on to end, the longest first. */
  get waiting(): Readable<readonly CallState[]> {
    return this.#roster.waitingStates;
  }

  /**
   * Calls the peer of a call ticket. Calling whom is ringing here accepts.
   *
   * @throws TicketError for a text that is no ticket; an Error fit to show when it cannot be called now.
   */
  dial(text: string): string {
    const ticket = parseTicket(text);
    if (ticket.broadcastName !== CALL_NAME) {
      throw new Error('This ticket is for watching, not for a call.');
    }
    if (ticket.endpointId === this.#options.localId) {
      throw new Error('This call ticket is your own: send it to the person who shall call you.');
    }
    if (this.#closed) throw new Error('The app is closing.');
    const present = this.#roster.with(ticket.endpointId);
    if (present && !this.#roster.isWaiting(present)) {
      if (present.state === 'ringing' && present.view.direction === 'in') this.accept(present.id);
      return present.id;
    }
    if (this.#roster.present) throw new Error('A call goes on. Hang up before you call somebody else.');
    const call = this.#make('out', ticket.endpointId);
    this.#recovery.know(call, ticket, true);
    this.#list(call);
    void this.#outgoing.reach(call, ticket);
    return call.id;
  }

  /**
   * Who waits is taken in place of the call that goes on, which ends.
   *
   * @throws Error when the call does not ring here.
   */
  accept(id: string): void {
    const call = this.#roster.find(id);
    if (!ringsHere(call)) throw new Error('This call does not ring.');
    if (this.#roster.waitNoMore(call)) {
      // The end of the one before is told first. Nobody else who waits may come next meanwhile.
      this.#taking = call;
      this.#roster.present?.end(HANG_UP);
      this.#taking = undefined;
      this.#list(call);
    }
    call.accept();
  }

  /** @throws Error when the call does not ring here. */
  decline(id: string): void {
    const call = this.#roster.find(id);
    if (!ringsHere(call)) throw new Error('This call does not ring.');
    call.end(REFUSED);
  }

  hangUp(id: string): void {
    const call = this.#roster.find(id);
    call.end(call.view.direction === 'in' && call.state === 'ringing' ? REFUSED : HANG_UP);
  }

  /** A window is there until the returned function is called. */
  windowCame(): () => void {
    return this.#unattended.windowCame();
  }

  dismiss(id: string): void {
    this.#roster.dismiss(id);
  }

  tell(id: string, status: { muted: boolean; pictureOff: boolean; sharing: boolean }): void {
    this.#roster.find(id).tell(status);
  }

  /**
   * Goes on with the call that an earlier process was in when it was killed, if that is not long ago: its peer, and
   * nobody else, needs not ring. To be called once, when peers can come in.
   */
  resume(): void {
    const kept = this.#options.ongoing?.take(this.#times.reconnectMs);
    if (!kept || this.#callers.isBlocked(kept.peer)) return;
    const call = this.#make(kept.direction, kept.peer, kept);
    this.#recovery.know(call, { endpointId: kept.peer, ...kept.address }, kept.dials);
    this.#recovery.adopt(call);
    this.#list(call);
    this.#recovery.getBack(call);
  }

  /** Ends every call; resolves when the history is kept. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    this.#unattended.close();
    this.door.close();
    for (const call of [...this.#roster.waiting, ...this.#roster.shown]) call.end(SHUTDOWN);
    await Promise.all([this.#options.book.settled(), this.#recovery.settled()]);
  }

  /** A caller at the door. */
  #knock(link: CallLink): void {
    const peer = link.transport.remoteId;
    const present = this.#roster.with(peer);
    if (this.#closed) void link.session.close(SHUTDOWN.reason, SHUTDOWN.code);
    else if (this.#callers.isBlocked(peer) && !(present && isOurs(present))) {
      void link.session.close(REFUSED.reason, REFUSED.code);
      if (present?.state === 'reconnecting') present.end(REFUSED);
    } else if (present && isOurs(present)) this.#outgoing.crossed(present, link);
    else if (present) present.attach(link);
    else if (this.#callers.mayRing(peer)) this.#welcome(link);
    else {
      log.info(`a call of ${shortId(peer)} is refused: too many callers who are not known`);
      void link.session.close(BUSY.reason, BUSY.code);
    }
  }

  /** Somebody new: rings, waits, or is told that this one is busy. */
  #welcome(link: CallLink): void {
    const peer = link.transport.remoteId;
    const busy = this.#roster.present !== undefined;
    const mayWait =
      this.#options.settings.get().whenBusy === 'wait' && this.#roster.waiting.length < this.#limits.waiting;
    if (busy && !mayWait) {
      void link.session.close(BUSY.reason, BUSY.code);
      const refused = { id: randomUUID(), peer, direction: 'in', startedAtMs: Date.now() } as const;
      void this.#options.book.record({
        ...refused,
        remoteName: '',
        durationMs: 0,
        outcome: 'busy',
        ticket: ticketFor(addressOf(link.transport)),
      });
      return;
    }
    const call = this.#make('in', peer);
    this.#recovery.know(call, addressOf(link.transport), false);
    if (busy) this.#roster.wait(call);
    call.attach(link);
    if (!busy) this.#list(call);
  }

  #make(direction: 'out' | 'in', peer: string, kept?: Ongoing): Call {
    const { origin, settings } = this.#options;
    const { muted, pictureOff } = kept ?? { muted: false, pictureOff: false };
    return new Call({
      id: kept?.id ?? randomUUID(),
      direction,
      peer,
      origin,
      times: this.#times,
      status: { name: settings.get().displayName, muted, pictureOff, sharing: false },
      who: (claimed) => this.#callers.who(peer, claimed),
      onLink: (call, link) => {
        this.#recovery.cameOver(call, link);
        this.#options.onLink?.(link.session, call.id);
      },
      onChange: (call) => this.#changed(call),
      onLost: (call) => (this.#callers.isBlocked(peer) ? call.end(HANG_UP) : this.#recovery.getBack(call)),
      ...(kept ? { resumed: { ...kept, untilMs: kept.aliveAtMs + this.#times.reconnectMs } } : {}),
    });
  }

  /** Shows a call, in place of the one that ended last; lets those in who need not ring. */
  #list(call: Call): void {
    this.#roster.show(call);
    this.#changed(call);
    if (ringsHere(call) && this.#callers.isLetIn(call.peer)) call.accept();
  }

  #changed(call: Call): void {
    const listed = this.#roster.isShown(call);
    if (listed || this.#roster.isWaiting(call)) this.#roster.publish();
    if (listed) this.#recovery.follow(call);
    if (listed) this.#unattended.look();
    if (listed && this.#told.get(call) !== call.state) this.#announce(call);
    if (call.state !== 'ended') return;
    const waited = this.#roster.waitNoMore(call);
    if (waited) this.#roster.publish();
    const { direction, activeAtMs } = call.view;
    if (direction === 'in') this.door.rang(call.peer, activeAtMs !== null);
    this.#outgoing.forget(call);
    if (listed || waited) void this.#options.book.record(recordOf(call, this.#recovery.addressOf(call)));
    this.#recovery.forget(call);
    this.#next();
  }

  /** The call that waited longest rings, once nothing else goes on. */
  #next(): void {
    const { present, waiting } = this.#roster;
    const [next] = waiting;
    if (!next || present || this.#taking || this.#closed) return;
    this.#roster.waitNoMore(next);
    this.#list(next);
  }

  #announce(call: Call): void {
    const { state, direction, peer, reason, error, message } = call.view;
    this.#told.set(call, state);
    const told = state === 'reconnecting' ? 'dialing' : state;
    this.#options.onEvent({ event: 'call', state: told, direction, peer, reason, error, message });
  }
}

function ringsHere({ view, state }: Call): boolean {
  return view.direction === 'in' && state === 'ringing';
}
