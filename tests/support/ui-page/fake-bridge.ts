import { Emitter, Store } from '../../../common/base/store.ts';
import type {
  AppInfo,
  AppState,
  Bridge,
  BridgeLoss,
  CallState,
  Contact,
  EventName,
  EventPayload,
  MediaSocket,
  MethodName,
  MethodReply,
  MethodRequest,
  ScreenSource,
} from '../../../common/bridge/bridge.ts';
import { methods, settingsSchema } from '../../../common/bridge/bridge.ts';
import { normalizeTicket } from '../../../common/ticket/ticket.ts';

type EventMap = { [E in EventName]: EventPayload<E> };

function aCall(id: string): CallState {
  return {
    id,
    direction: 'in',
    state: 'ringing',
    peer: '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
    contactName: null,
    earlierName: null,
    remote: null,
    hasMedia: false,
    startedAtMs: Date.now(),
    activeAtMs: null,
    reason: null,
    error: null,
    message: null,
  };
}

/** A fake bridge with a fake main behind it. It stores settings and recents; tests set all other state. */
export class FakeBridge implements Bridge {
  readonly connected = new Store(true);
  readonly loss = new Store<BridgeLoss | null>(null);
  readonly events = new Emitter<EventMap>();
  /** Every request so far, in order. */
  readonly log: { name: MethodName; request: unknown }[] = [];
  /** Methods whose requests reject, each with its error message. */
  readonly failing = new Map<MethodName, string>();
  screens: ScreenSource[] = [];
  readonly #info: AppInfo;
  #state: AppState;

  constructor(info: AppInfo, state: AppState) {
    this.#info = info;
    this.#state = state;
  }

  get state(): AppState {
    return this.#state;
  }

  change(patch: Partial<AppState>): void {
    this.#state = { ...this.#state, ...patch };
    this.events.emit('app.state', this.#state);
  }

  /** Adds a call, or changes the call with the same id. */
  setCall(patch: Partial<CallState> & { id: string }): void {
    const old = this.#state.calls.find(({ id }) => id === patch.id);
    const call = { ...aCall(patch.id), ...old, ...patch };
    this.change({ calls: [...this.#state.calls.filter(({ id }) => id !== patch.id), call] });
  }

  setWaiting(callers: readonly (Partial<CallState> & { id: string })[]): void {
    this.change({ waitingCalls: callers.map((caller) => ({ ...aCall(caller.id), ...caller })) });
  }

  async request<N extends MethodName>(
    name: N,
    request: MethodRequest<N>,
    signal?: AbortSignal,
  ): Promise<MethodReply<N>> {
    signal?.throwIfAborted();
    this.log.push({ name, request });
    const failure = this.failing.get(name);
    if (failure !== undefined) throw new Error(failure);
    if (!this.connected.get()) throw new Error('The app’s background process is not running.');
    // As in main, the request is parsed, and the parsed value is returned in the reply.
    const arrived: unknown = methods[name].request.parse(request);
    return methods[name].reply.parse(this.#answer(name, arrived)) as MethodReply<N>;
  }

  listen<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void {
    return this.events.on(event, listener as (payload: EventMap[E]) => void);
  }

  openMedia(): Promise<MediaSocket> {
    return Promise.reject(new Error('There is no media channel here.'));
  }

  #answer(name: MethodName, request: unknown): unknown {
    switch (name) {
      case 'app.info':
        return this.#info;
      case 'app.state':
        return this.#state;
      case 'screens.list':
        return this.screens;
      case 'settings.change': {
        const settings = settingsSchema.parse({ ...this.#state.settings, ...(request as object) });
        this.change({ settings });
        return settings;
      }
      case 'recents.touch': {
        const ticket = normalizeTicket((request as { ticket: string }).ticket);
        const old = this.#state.recents.find((entry) => entry.ticket === ticket);
        const label = old?.label ?? ticket.slice(ticket.indexOf('/') + 1);
        const others = this.#state.recents.filter((entry) => entry.ticket !== ticket);
        this.change({ recents: [{ ticket, label, lastWatchedAtMs: Date.now() }, ...others] });
        return null;
      }
      case 'recents.rename': {
        const { ticket, label } = request as { ticket: string; label: string };
        this.change({
          recents: this.#state.recents.map((entry) =>
            entry.ticket === ticket ? { ...entry, label } : entry,
          ),
        });
        return null;
      }
      case 'recents.remove': {
        const { ticket } = request as { ticket: string };
        this.change({ recents: this.#state.recents.filter((entry) => entry.ticket !== ticket) });
        return null;
      }
      case 'call.dial':
      case 'call.redialInterrupted':
        this.setCall({ id: 'call-1', direction: 'out', state: 'dialing' });
        if (name === 'call.redialInterrupted') this.change({ interruptedCall: null });
        return { id: 'call-1' };
      case 'call.dismissInterrupted':
        this.change({ interruptedCall: null });
        return null;
      case 'ticket.request': {
        const { ticket } = request as { ticket: string };
        this.change({ ticketRequest: { id: 'request-1', ticket, origin: 'drop' } });
        return null;
      }
      case 'ticket.confirm':
        if (this.#state.ticketRequest?.ticket.endsWith('/call'))
          this.setCall({ id: 'call-1', direction: 'out', state: 'dialing' });
        this.change({ ticketRequest: null });
        return null;
      case 'ticket.discard':
        this.change({ ticketRequest: null });
        return null;
      case 'call.claim': {
        const { window, takeOver } = request as { window: string; takeOver: boolean };
        if (takeOver || this.#state.callWindow === null) this.change({ callWindow: window });
        return null;
      }
      case 'call.accept': {
        const { id } = request as { id: string };
        const waiting = this.#state.waitingCalls.find((call) => call.id === id);
        if (waiting) {
          this.#state = {
            ...this.#state,
            calls: [],
            waitingCalls: this.#state.waitingCalls.filter((call) => call.id !== id),
          };
        }
        this.setCall({ ...waiting, id, state: 'active', activeAtMs: Date.now() });
        return null;
      }
      case 'call.decline':
      case 'call.hangUp':
        if (this.#state.waitingCalls.some(({ id }) => id === (request as { id: string }).id)) {
          const { id } = request as { id: string };
          this.change({ waitingCalls: this.#state.waitingCalls.filter((call) => call.id !== id) });
          return null;
        }
        this.setCall({ ...(request as { id: string }), state: 'ended', message: 'You hung up.' });
        return null;
      case 'call.dismiss':
        this.change({ calls: this.#state.calls.filter(({ id }) => id !== (request as { id: string }).id) });
        return null;
      case 'contacts.change': {
        const contact = request as Contact;
        const others = this.#state.contacts.filter(({ peer }) => peer !== contact.peer);
        this.change({ contacts: [...others, contact] });
        for (const { id, peer, state } of contact.access === 'blocked' ? this.#state.calls : []) {
          if (peer === contact.peer && state === 'ringing') this.setCall({ id, state: 'ended' });
        }
        return null;
      }
      case 'history.remove':
        this.change({
          callHistory: this.#state.callHistory.filter(({ id }) => id !== (request as { id: string }).id),
        });
        return null;
      default:
        return null;
    }
  }
}
