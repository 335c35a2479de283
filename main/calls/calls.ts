import { randomUUID } from 'node:crypto';
import { CALL_NAME, type CallState } from '../../common/bridge.ts';
import { BUSY, HANG_UP, REFUSED, SHUTDOWN } from '../../common/disconnect.ts';
import { messageOf } from '../../common/errors.ts';
import { type Readable, Store } from '../../common/store.ts';
import { type PeerAddr, parseTicket } from '../../common/ticket.ts';
import { cleanName, shortId } from '../../common/who.ts';
import { log } from '../log.ts';
import { CALL_TIMES, Call, type CallTimes } from './call.ts';
import { Door } from './door.ts';
import { PerMinute } from './limits.ts';
import { type CallLink, REPLACED } from './link.ts';
import type { Ongoing } from './ongoing.ts';
import { CALL_LIMITS, type CallLimits, type CallsOptions } from './options.ts';
import { reach } from './reach.ts';
import { addressOf, recordOf, ticketFor } from './record.ts';
import { Recovery } from './recovery.ts';
import { Unattended } from './unattended.ts';

/** All calls of this endpoint: who may ring, which one goes on, which ones wait. */
export class Calls {
  readonly #options: CallsOptions;
  readonly #limits: CallLimits;
  readonly #strangers: PerMinute;
  readonly #times: CallTimes;
  /** Where incoming sessions turn out to be callers'. */
  readonly door: Door;
  readonly #states = new Store<readonly CallState[]>([]);
  readonly #waitingStates = new Store<readonly CallState[]>([]);
  /** Those that go on, and the last one that ended. */
  readonly #calls = new Set<Call>();
  readonly #waiting = new Set<Call>();
  readonly #recovery: Recovery;
  readonly #unattended: Unattended;
  /** The other half of a call that both sides made at once; used if ours fails. */
  readonly #parked = new Map<Call, CallLink>();
  readonly #told = new Map<Call, CallState['state']>();
  /** One who waited and is being accepted, in place of the call that goes on. */
  #taking: Call | undefined;
  readonly #unsubscribe: () => void;
  #closed = false;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#limits = { ...CALL_LIMITS, ...options.limits };
    this.#strangers = new PerMinute(this.#limits.strangersPerMinute);
    this.#times = { ...CALL_TIMES, ...options.times };
    const { ongoing } = options;
    this.#recovery = new Recovery({ reaching: options, redialMs: this.#limits.redialMs, ongoing });
    this.#unattended = new Unattended({
      active: () => [...this.#calls].find(({ state }) => state === 'active'),
      hangUpMs: this.#times.noWindowMs,
    });
    this.door = new Door({
      ...this.#limits,
      expects: (peer) => this.#callWith(peer) !== undefined,
      onKnock: (link) => this.#knock(link),
    });
    const unname = options.settings.subscribe(({ displayName }) => {
      for (const call of [...this.#calls, ...this.#waiting]) call.tell({ name: displayName });
    });
    const uncontact = options.book.contacts.subscribe(() => {
      for (const call of [...this.#calls, ...this.#waiting]) {
        if (ringsHere(call) && this.#isBlocked(call.peer)) call.end(REFUSED);
      }
      this.#publish();
    });
    this.#unsubscribe = () => {
      unname();
      uncontact();
    };
  }

  get states(): Readable<readonly CallState[]> {
    return this.#states;
  }

  /** Those that wait for the call that goes on to end, the longest first. */
  get waiting(): Readable<readonly CallState[]> {
    return this.#waitingStates;
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
    const present = this.#callWith(ticket.endpointId);
    if (present && !this.#waiting.has(present)) {
      if (present.state === 'ringing' && present.view.direction === 'in') this.accept(present.id);
      return present.id;
    }
    if (this.#present()) throw new Error('A call goes on. Hang up before you call somebody else.');
    const call = this.#make('out', ticket.endpointId);
    this.#recovery.know(call, ticket, true);
    this.#list(call);
    void this.#reachFirst(call, ticket);
    return call.id;
  }

  /**
   * Who waits is taken in place of the call that goes on, which ends.
   *
   * @throws Error when the call does not ring here.
   */
  accept(id: string): void {
    const call = this.#find(id);
    if (!ringsHere(call)) throw new Error('This call does not ring.');
    if (this.#waiting.delete(call)) {
      // The end of the one before is told first. Nobody else who waits may come next meanwhile.
      this.#taking = call;
      this.#present()?.end(HANG_UP);
      this.#taking = undefined;
      this.#list(call);
    }
    call.accept();
  }

  /** @throws Error when the call does not ring here. */
  decline(id: string): void {
    const call = this.#find(id);
    if (!ringsHere(call)) throw new Error('This call does not ring.');
    call.end(REFUSED);
  }

  hangUp(id: string): void {
    const call = this.#find(id);
    call.end(call.view.direction === 'in' && call.state === 'ringing' ? REFUSED : HANG_UP);
  }

  /** A window is there until the returned function is called. */
  windowCame(): () => void {
    return this.#unattended.windowCame();
  }

  dismiss(id: string): void {
    const call = [...this.#calls].find((candidate) => candidate.id === id);
    if (call?.state === 'ended') this.#forget(call);
    this.#publish();
  }

  tell(id: string, status: { muted: boolean; pictureOff: boolean; sharing: boolean }): void {
    this.#find(id).tell(status);
  }

  /**
   * Goes on with the call that an earlier process was in when it was killed, if that is not long ago: its peer, and
   * nobody else, needs not ring. To be called once, when peers can come in.
   */
  resume(): void {
    const kept = this.#options.ongoing?.take(this.#times.reconnectMs);
    if (!kept || this.#isBlocked(kept.peer)) return;
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
    for (const call of [...this.#waiting, ...this.#calls]) call.end(SHUTDOWN);
    await Promise.all([this.#options.book.settled(), this.#recovery.settled()]);
  }

  /** A caller at the door. */
  #knock(link: CallLink): void {
    const peer = link.transport.remoteId;
    const present = this.#callWith(peer);
    if (this.#closed) void link.session.close(SHUTDOWN.reason, SHUTDOWN.code);
    else if (this.#isBlocked(peer) && !(present && isOurs(present))) {
      void link.session.close(REFUSED.reason, REFUSED.code);
      if (present?.state === 'reconnecting') present.end(REFUSED);
    } else if (present) this.#join(present, link);
    else if (this.#mayRing(peer)) this.#welcome(link);
    else {
      log.info(`a call of ${shortId(peer)} is refused: too many callers who are not known`);
      void link.session.close(BUSY.reason, BUSY.code);
    }
  }

  #isBlocked(peer: string): boolean {
    return this.#options.book.contactOf(peer)?.access === 'blocked';
  }

  /** Those the person knows always may; all others together only so often. */
  #mayRing(peer: string): boolean {
    const { book, autoAccept } = this.#options;
    const spoke = book.history
      .get()
      .some((call) => call.peer === peer && (call.direction === 'out' || call.durationMs > 0));
    return autoAccept || spoke || book.contactOf(peer) !== undefined || this.#strangers.allows('all');
  }

  /** Somebody new: rings, waits, or is told that this one is busy. */
  #welcome(link: CallLink): void {
    const peer = link.transport.remoteId;
    const busy = this.#present() !== undefined;
    const mayWait =
      this.#options.settings.get().whenBusy === 'wait' && this.#waiting.size < this.#limits.waiting;
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
    if (busy) this.#waiting.add(call);
    call.attach(link);
    if (!busy) this.#list(call);
  }

  /** The peer of a call that goes on has come with another session. */
  #join(call: Call, link: CallLink): void {
    if (!isOurs(call)) {
      call.attach(link);
      return;
    }
    // Both called at once. The one with the lower id made the call; the other one takes it, without ringing.
    if (this.#options.localId < call.peer) {
      void this.#parked.get(call)?.session.close(REPLACED);
      this.#parked.set(call, link);
      return;
    }
    this.#recovery.leaveDialling(call);
    call.attach(link);
    call.accept();
  }

  async #reachFirst(call: Call, address: PeerAddr): Promise<void> {
    try {
      const link = await reach(this.#options, address, call.signal);
      if (call.state === 'dialing') call.attach(link);
      else void link.session.close(REPLACED);
    } catch (error) {
      if (call.state !== 'dialing') return;
      const parked = this.#parked.get(call);
      this.#parked.delete(call);
      if (parked && !parked.session.scope.closed) {
        this.#recovery.leaveDialling(call);
        call.attach(parked);
        call.accept();
        return;
      }
      log.info(`call ${call.id}: ${messageOf(error)}`);
      call.fail(this.#options.faultOf(error));
    }
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
      who: (claimed) => this.#who(peer, claimed),
      onLink: (call, link) => {
        this.#recovery.cameOver(call, link);
        this.#options.onLink?.(link.session, call.id);
      },
      onChange: (call) => this.#changed(call),
      onLost: (call) => (this.#isBlocked(peer) ? call.end(HANG_UP) : this.#recovery.getBack(call)),
      ...(kept ? { resumed: { ...kept, untilMs: kept.aliveAtMs + this.#times.reconnectMs } } : {}),
    });
  }

  /** Shows a call, in place of the one that ended last; lets those in who need not ring. */
  #list(call: Call): void {
    for (const other of [...this.#calls]) if (other.state === 'ended') this.#forget(other);
    this.#calls.add(call);
    this.#changed(call);
    const access = this.#options.book.contactOf(call.peer)?.access;
    const lets = this.#options.autoAccept || access === 'auto';
    if (lets && call.view.direction === 'in' && call.state === 'ringing') call.accept();
  }

  #changed(call: Call): void {
    const listed = this.#calls.has(call);
    if (listed || this.#waiting.has(call)) this.#publish();
    if (listed) this.#recovery.follow(call);
    if (listed) this.#unattended.look();
    if (listed && this.#told.get(call) !== call.state) this.#announce(call);
    if (call.state !== 'ended') return;
    const waited = this.#waiting.delete(call);
    if (waited) this.#publish();
    const { direction, activeAtMs } = call.view;
    if (direction === 'in') this.door.rang(call.peer, activeAtMs !== null);
    void this.#parked.get(call)?.session.close(HANG_UP.reason, HANG_UP.code);
    this.#parked.delete(call);
    if (listed || waited) void this.#options.book.record(recordOf(call, this.#recovery.addressOf(call)));
    this.#recovery.forget(call);
    this.#next();
  }

  /** The call that waited longest rings, once nothing else goes on. */
  #next(): void {
    const [next] = this.#waiting;
    if (!next || this.#present() || this.#taking || this.#closed) return;
    this.#waiting.delete(next);
    this.#list(next);
  }

  #announce(call: Call): void {
    const { state, direction, peer, reason, error, message } = call.view;
    this.#told.set(call, state);
    const told = state === 'reconnecting' ? 'dialing' : state;
    this.#options.onEvent({ event: 'call', state: told, direction, peer, reason, error, message });
  }

  #publish(): void {
    const shown = (call: Call): CallState => ({
      ...call.view,
      contactName: this.#options.book.contactOf(call.peer)?.name || null,
    });
    this.#states.set([...this.#calls].map(shown));
    this.#waitingStates.set([...this.#waiting].map(shown));
  }

  #forget(call: Call): void {
    this.#calls.delete(call);
    this.#told.delete(call);
  }

  #find(id: string): Call {
    const all = [...this.#calls, ...this.#waiting];
    const call = all.find((candidate) => candidate.id === id && candidate.state !== 'ended');
    if (!call) throw new Error('There is no such call any more.');
    return call;
  }

  /** The call that goes on. */
  #present(): Call | undefined {
    return [...this.#calls].find(({ state }) => state !== 'ended');
  }

  #callWith(peer: string): Call | undefined {
    return [...this.#calls, ...this.#waiting].find((call) => call.peer === peer && call.state !== 'ended');
  }

  /** The name given here; else the one that the peer claims, with what can be trusted. Null where there is none. */
  #who(peer: string, claimed: string): string | null {
    const given = this.#options.book.contactOf(peer)?.name;
    if (given) return given;
    const name = cleanName(claimed);
    return name === '' ? null : `${name} (${shortId(peer)})`;
  }
}

/** A call made here that was not answered yet. */
function isOurs({ view, state }: Call): boolean {
  return view.direction === 'out' && (state === 'dialing' || state === 'ringing');
}

function ringsHere({ view, state }: Call): boolean {
  return view.direction === 'in' && state === 'ringing';
}
