import { mkdir } from 'node:fs/promises';
import {
  type AppState,
  CALL_NAME,
  CALLS_PREFIX,
  LIVE_PREFIX,
  MEDIA_PROTOCOL,
  type MediaSocket,
} from '../common/bridge.ts';
import { RESERVED_NAMES } from '../common/broadcast-name.ts';
import { messageOf } from '../common/errors.ts';
import { pullFailureWords } from '../common/pull-words.ts';
import { Scope } from '../common/scope.ts';
import { Emitter } from '../common/store.ts';
import { decodeLink, normalizeTicket, parseTicket, TicketError } from '../common/ticket.ts';
import { shortId } from '../common/who.ts';
import type { AppCore, CoreHandlers, WindowEvent } from './app-core.ts';
import { CallBook } from './calls/book.ts';
import type { CallTimes } from './calls/call.ts';
import { Calls } from './calls/calls.ts';
import { dialFaultOf } from './calls/dial-fault.ts';
import { CallHolder } from './calls/holder.ts';
import { OngoingFile } from './calls/ongoing.ts';
import type { CallLimits } from './calls/options.ts';
import { failureOf, type IncomingPeer, LiveEndpoint } from './endpoint/endpoint.ts';
import { loadIdentity } from './endpoint/identity.ts';
import type { JsonEvent } from './json-events.ts';
import { AppStateView } from './live/app-state.ts';
import { Broadcasts } from './live/broadcasts.ts';
import { openAtLastPort } from './live/last-port.ts';
import { Memory } from './live/memory.ts';
import { Pushes } from './live/pushes.ts';
import { checkRelay } from './live/relay-check.ts';
import { TrafficMeter } from './live/traffic.ts';
import { log } from './log.ts';
import { viewerGrants, windowGrants } from './origin/grants.ts';
import { CALL_LIVENESS, LIVENESS, watchLiveness } from './origin/liveness.ts';
import { Origin } from './origin/origin.ts';
import { Puller } from './origin/pull.ts';
import { Session, type Transport } from './origin/session.ts';
import { Links } from './path/links.ts';
import { acceptQmux } from './transport/qmux.ts';

export interface AppOptions {
  /** Holds the secret key, the settings and the tickets watched; made when it is not there. */
  dataDir: string;
  /** `ADDR:PORT` to bind the endpoint to; by default any free port on all addresses. */
  irohBind?: string;
  /** `default` (n0's public relays and discovery), `disabled`, or one relay's URL. */
  irohRelay: string;
  /** Hears what scripts are told, one JSON object each. */
  onEvent?: (event: JsonEvent) => void;
  /** Tells scripts the figures of every connection, once a second. */
  stats?: boolean;
  /** Lets every caller in at once. */
  autoAccept?: boolean;
  /** For tests: shorter times, lower limits. */
  calls?: { times?: Partial<CallTimes>; limits?: Partial<CallLimits> };
}

/** How often rates and viewers are sampled, in milliseconds. */
const SAMPLE_MS = 1_000;

/**
 * The application without a window: the endpoint, the Origin, what is live, what is pulled, what is remembered.
 * Rejects with an error fit to show when the data folder or the endpoint cannot be used.
 */
export async function createApp(options: AppOptions): Promise<AppCore> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const identity = await loadIdentity(options.dataDir);
  const memory = await Memory.load(options.dataDir);
  const endpoint = await openAtLastPort(options.dataDir, options.irohBind, (bind) =>
    LiveEndpoint.open({ secretKey: identity, relay: options.irohRelay, ...(bind ? { bind } : {}) }),
  );
  const book = await CallBook.load(options.dataDir);
  return new App(endpoint, memory, book, await OngoingFile.load(options.dataDir), options);
}

class App implements AppCore {
  readonly endpointId: string;
  readonly handlers: CoreHandlers;
  readonly #scope = new Scope((error) => log.error(`shutting down: ${messageOf(error)}`));
  readonly #endpoint: LiveEndpoint;
  readonly #memory: Memory;
  readonly #book: CallBook;
  readonly #onEvent: (event: JsonEvent) => void;
  readonly #origin = new Origin();
  readonly #puller: Puller;
  readonly #broadcasts: Broadcasts;
  readonly #pushes: Pushes;
  readonly #calls: Calls;
  readonly #callHolder = new CallHolder();
  readonly #links: Links;
  readonly #traffic = new TrafficMeter();
  readonly #viewers = new Set<Session>();
  readonly #events = new Emitter<{ window: WindowEvent }>();
  readonly #view: AppStateView;
  /** A ticket to open that no window has heard of yet. */
  #unopened: string | undefined;
  #listeners = 0;

  constructor(
    endpoint: LiveEndpoint,
    memory: Memory,
    book: CallBook,
    ongoing: OngoingFile,
    options: AppOptions,
  ) {
    this.endpointId = endpoint.id;
    this.#endpoint = endpoint;
    this.#memory = memory;
    this.#book = book;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#scope.own(() => endpoint.close());
    this.#links = new Links({
      onEvent: (event) => this.#onEvent(event),
      stats: options.stats ?? false,
      search: () => endpoint.searchDirect(),
    });
    this.#scope.own(() => this.#links.close());
    this.#puller = new Puller({
      origin: this.#origin,
      localId: endpoint.id,
      livePrefix: LIVE_PREFIX,
      dial: (address, signal) => endpoint.connect(address, { signal }),
      failureOf,
    });
    this.#scope.own(() => this.#puller.close());
    this.#broadcasts = new Broadcasts(this.#origin, LIVE_PREFIX);
    this.#scope.own(() => this.#broadcasts.close());
    this.#pushes = new Pushes({
      origin: this.#origin,
      livePrefix: LIVE_PREFIX,
      broadcasts: this.#broadcasts,
      settings: memory.settings,
      dialPeer: (address, signal) => endpoint.connect(address, { signal }),
    });
    this.#scope.own(() => this.#pushes.close());
    this.#calls = new Calls({
      origin: this.#origin,
      localId: endpoint.id,
      book,
      settings: memory.settings,
      autoAccept: options.autoAccept ?? false,
      dial: (address, dialOptions) => endpoint.connect(address, dialOptions),
      faultOf: dialFaultOf,
      onEvent: (event) => this.#onEvent(event),
      onLink: (session, callId) => this.#links.add(session, 'call', callId),
      ongoing,
      ...options.calls,
    });
    this.#scope.own(() => this.#calls.close());
    this.#scope.own(() => this.#callHolder.close());
    this.#view = new AppStateView(() => this.#compose());
    this.#scope.own(() => this.#view.close());
    this.handlers = this.#makeHandlers();
    this.#wire();
    this.#calls.resume();
  }

  listen(listener: (event: WindowEvent) => void): () => void {
    const unsubscribe = this.#events.on('window', listener);
    this.#listeners += 1;
    if (this.#unopened !== undefined) {
      listener({ event: 'ticket.open', payload: { ticket: this.#unopened } });
      this.#unopened = undefined;
    }
    let listening = true;
    return () => {
      if (!listening) return;
      listening = false;
      this.#listeners -= 1;
      unsubscribe();
    };
  }

  attachMedia(socket: MediaSocket): void {
    void this.#attach(acceptQmux(socket, MEDIA_PROTOCOL)).catch((error: unknown) =>
      log.warn(`window: media channel failed: ${messageOf(error)}`),
    );
  }

  callTicket(): string {
    return this.#endpoint.ticketFor(CALL_NAME);
  }

  openTicket(text: string): void {
    let ticket: string;
    try {
      ticket = normalizeTicket(decodeLink(text));
    } catch (error) {
      if (!(error instanceof TicketError)) throw error;
      this.#onEvent({ event: 'error', message: error.message });
      log.error(error.message);
      return;
    }
    if (parseTicket(ticket).broadcastName === CALL_NAME) this.#callTicket(ticket);
    else if (this.#listeners === 0) this.#unopened = ticket;
    else this.#events.emit('window', { event: 'ticket.open', payload: { ticket } });
  }

  /** A call ticket is dialled; the window sees that in its state. */
  #callTicket(ticket: string): void {
    try {
      this.#calls.dial(ticket);
    } catch (error) {
      this.#onEvent({ event: 'error', message: messageOf(error), ticket });
      log.error(messageOf(error));
    }
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  async #attach(transport: Transport): Promise<void> {
    const session = await Session.accept(transport, {
      origin: this.#origin,
      grants: windowGrants(LIVE_PREFIX, CALLS_PREFIX),
      label: 'window',
      onWant: (path, ended) => this.#puller.want(path, ended),
    });
    const forget = this.#scope.own(() => session.close('the app was closed'));
    session.scope.own(forget);
    session.scope.own(this.#calls.windowCame());
  }

  async #welcome(peer: IncomingPeer): Promise<void> {
    if (!this.#calls.door.admits(peer.remoteId)) {
      peer.transport.close({ closeCode: 2, reason: 'too many connections' });
      return;
    }
    const session = await Session.accept(peer.transport, {
      origin: this.#origin,
      grants: viewerGrants(LIVE_PREFIX, RESERVED_NAMES),
      label: `viewer ${shortId(peer.remoteId)}`,
    });
    this.#viewers.add(session);
    const forget = this.#scope.own(() => session.close('cancelled'));
    const watchAs = watchLiveness(session, LIVENESS);
    this.#links.add(session, 'viewer', () => this.#broadcasts.readBy(session));
    session.scope.own(() => {
      this.#viewers.delete(session);
      forget();
      this.#view.touch();
    });
    // A caller is no viewer; its call owns the session from then on.
    void this.#calls.door.watch(session, peer.transport, () => {
      this.#viewers.delete(session);
      watchAs(CALL_LIVENESS);
    });
  }

  #wire(): void {
    const touch = () => this.#view.touch();
    const own = (unsubscribe: () => void) => void this.#scope.own(unsubscribe);
    own(
      this.#endpoint.onConnection((peer) => {
        void this.#welcome(peer).catch((error: unknown) => log.debug(`viewer refused: ${messageOf(error)}`));
      }),
    );
    own(this.#endpoint.addr.subscribe(touch));
    own(this.#endpoint.relayState.subscribe(touch));
    own(this.#memory.settings.subscribe(touch));
    own(this.#memory.recents.subscribe(touch));
    own(this.#memory.notices.subscribe(touch));
    own(this.#calls.states.subscribe(touch));
    own(this.#calls.waiting.subscribe(touch));
    own(this.#callHolder.holder.subscribe(touch));
    own(this.#book.contacts.subscribe(touch));
    own(this.#book.history.subscribe(touch));
    own(this.#book.notices.subscribe(touch));
    own(this.#puller.states.subscribe(touch));
    own(this.#puller.states.subscribe(() => this.#linkPulls()));
    own(this.#links.state.subscribe(touch));
    own(this.#announceFailures());
    own(this.#broadcasts.events.on('changed', touch));
    own(this.#pushes.events.on('changed', touch));
    own(
      this.#broadcasts.events.on('live', ({ name }) => {
        this.#onEvent({ event: 'live', ticket: this.#endpoint.ticketFor(name), name });
      }),
    );
    own(
      this.#broadcasts.events.on('refused', ({ problem }) => {
        log.warn('a broadcast is left out: %s', problem);
        this.#onEvent({ event: 'error', message: `This cannot be live. ${problem}` });
      }),
    );
    own(this.#broadcasts.events.on('ended', ({ name }) => this.#onEvent({ event: 'ended', name })));
    own(
      this.#view.state.subscribe((state) => {
        this.#events.emit('window', { event: 'app.state', payload: state });
      }),
    );
    const timer = setInterval(() => void this.#sample(), SAMPLE_MS);
    own(() => clearInterval(timer));
  }

  /** Scripts hear of a failed pull once, not at every retry. */
  #announceFailures(): () => void {
    const failed = new Set<string>();
    return this.#puller.states.subscribe((states) => {
      for (const ticket of [...failed]) {
        const state = states.find((candidate) => candidate.ticket === ticket)?.state;
        if (state !== 'failed' && state !== 'connecting') failed.delete(ticket);
      }
      for (const { ticket, state, failure } of states) {
        if (state !== 'failed' || failed.has(ticket) || failure === null) continue;
        failed.add(ticket);
        this.#onEvent({ event: 'error', message: pullFailureWords(failure), ticket });
      }
    });
  }

  #linkPulls(): void {
    for (const { ticket } of this.#puller.states.get()) {
      const session = this.#puller.sessionOf(ticket);
      if (session) this.#links.add(session, 'pull', () => this.#ticketsOver(session));
    }
  }

  /** Pulls from one peer share a session. */
  #ticketsOver(session: Session): string[] {
    return this.#puller.states
      .get()
      .flatMap(({ ticket }) => (this.#puller.sessionOf(ticket) === session ? [ticket] : []));
  }

  async #sample(): Promise<void> {
    const pulled = this.#puller.states.get().flatMap(({ ticket }) => this.#puller.sessionOf(ticket) ?? []);
    try {
      await this.#traffic.sample([...this.#viewers, ...pulled, ...this.#pushes.sessions()]);
    } catch (error) {
      log.debug(`traffic: ${messageOf(error)}`);
    }
    if (!this.#scope.closed) this.#view.touch();
  }

  #compose(): AppState {
    return {
      endpointId: this.endpointId,
      irohRelay: this.#endpoint.relayState.get(),
      broadcasts: this.#broadcasts.list(
        (name) => this.#endpoint.ticketFor(name),
        this.#viewers,
        this.#traffic,
        this.#pushes,
      ),
      pulls: this.#puller.states.get().map((status) => ({
        ...status,
        downloadBps: this.#traffic.of(this.#puller.sessionOf(status.ticket)).receivedBps,
      })),
      callTicket: this.callTicket(),
      calls: [...this.#calls.states.get()],
      callWindow: this.#callHolder.holder.get(),
      waiting: [...this.#calls.waiting.get()],
      contacts: [...this.#book.contacts.get()],
      callHistory: [...this.#book.history.get()],
      links: [...this.#links.state.get()],
      recents: [...this.#memory.recents.get()],
      settings: this.#memory.settings.get(),
      notices: [...this.#memory.notices.get(), ...this.#book.notices.get()],
    };
  }

  /** Whose broadcast an Origin path is: a ticket's, or a call's. */
  #peerAt(path: string): string | undefined {
    const [prefix, id] = path.split('/');
    if (prefix === CALLS_PREFIX) return this.#calls.states.get().find((call) => call.id === id)?.peer;
    try {
      return parseTicket(path).endpointId;
    } catch (error) {
      if (error instanceof TicketError) return undefined;
      throw error;
    }
  }

  #makeHandlers(): CoreHandlers {
    return {
      'app.state': async () => this.#view.fresh(),
      'settings.change': (change) => this.#memory.changeSettings(dropUndefined(change)),
      'recents.touch': ({ ticket }) => done(this.#memory.touchRecent(ticket)),
      'recents.rename': ({ ticket, label }) => done(this.#memory.renameRecent(ticket, label)),
      'recents.remove': ({ ticket }) => done(this.#memory.removeRecent(ticket)),
      'pull.retry': async ({ ticket }) => {
        this.#puller.retry(ticket);
        return null;
      },
      'relay.check': ({ url }, signal) => checkRelay(url, signal),
      'call.dial': async ({ ticket }) => ({ id: this.#calls.dial(ticket) }),
      'call.accept': async ({ id }) => nothing(() => this.#calls.accept(id)),
      'call.decline': async ({ id }) => nothing(() => this.#calls.decline(id)),
      'call.hangUp': async ({ id }) => nothing(() => this.#calls.hangUp(id)),
      'call.dismiss': async ({ id }) => nothing(() => this.#calls.dismiss(id)),
      'call.hold': async ({ window, take }, _signal, gone) =>
        nothing(() => this.#callHolder.hold(window, take, gone)),
      'call.status': async ({ id, ...status }) => nothing(() => this.#calls.tell(id, status)),
      'contacts.change': (contact) => done(this.#book.changeContact(contact)),
      'history.remove': ({ id }) => done(this.#book.removeRecord(id)),
      'watch.rendition': async ({ path, from, to, reason }) => {
        const peer = this.#peerAt(path);
        if (peer !== undefined) this.#onEvent({ event: 'rendition', peer, from, to, reason });
        return null;
      },
      'app.fault': async ({ message }) => {
        log.error(`window: ${message}`);
        this.#onEvent({ event: 'error', message });
        return null;
      },
    };
  }
}

function nothing(act: () => void): null {
  act();
  return null;
}

async function done(work: Promise<void>): Promise<null> {
  await work;
  return null;
}

/** Fields that are not in the change stay as they are. */
function dropUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
