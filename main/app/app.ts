import { mkdir } from 'node:fs/promises';
import { messageOf } from '../../common/base/errors.ts';
import { once } from '../../common/base/once.ts';
import { Scope } from '../../common/base/scope.ts';
import { Emitter } from '../../common/base/store.ts';
import { CALL_NAME, LIVE_PREFIX, MEDIA_PROTOCOL, type MediaSocket } from '../../common/bridge/bridge.ts';
import { decodeLink, normalizeTicket, parseTicket, TicketError } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import type { CallTimes } from '../calls/call.ts';
import { CallBook } from '../calls/call-book.ts';
import { CallWindow } from '../calls/call-window.ts';
import { Calls } from '../calls/calls.ts';
import type { CallLimits } from '../calls/calls-options.ts';
import { dialFailureOf } from '../calls/dial.ts';
import { OngoingCallFile } from '../calls/ongoing-call.ts';
import { failureOf, LiveEndpoint } from '../endpoint/endpoint.ts';
import { loadIdentity } from '../endpoint/identity.ts';
import { openAtLastPort } from '../endpoint/last-port.ts';
import { Broadcasts } from '../live/broadcasts.ts';
import { Preferences } from '../live/preferences.ts';
import { SessionAcceptor } from '../live/session-acceptor.ts';
import { TrafficMeter } from '../live/traffic.ts';
import { ConnectionMonitor } from '../network/connection-monitor.ts';
import { Origin } from '../origin/origin.ts';
import type { Session } from '../origin/session.ts';
import { Puller } from '../pull/puller.ts';
import { BroadcastPushes } from '../push/broadcast-pushes.ts';
import { acceptQmux } from '../transport/qmux.ts';
import type { AppCore, CoreHandlers, WindowEvent } from './app-core.ts';
import { onSnapshotChange, takeSnapshot } from './app-snapshot.ts';
import { AppStatePublisher } from './app-state-publisher.ts';
import { coreHandlers } from './handlers.ts';
import type { JsonEvent } from './json-events.ts';
import { emitScriptEvents } from './script-events.ts';

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
  const memory = await Preferences.load(options.dataDir);
  const endpoint = await openAtLastPort(options.dataDir, options.irohBind, (bind) =>
    LiveEndpoint.open({ secretKey: identity, relay: options.irohRelay, ...(bind ? { bind } : {}) }),
  );
  const book = await CallBook.load(options.dataDir);
  return new App(endpoint, memory, book, await OngoingCallFile.load(options.dataDir), options);
}

class App implements AppCore {
  readonly endpointId: string;
  readonly handlers: CoreHandlers;
  readonly #scope = new Scope((error) => log.error(`shutting down: ${messageOf(error)}`));
  readonly #endpoint: LiveEndpoint;
  readonly #onEvent: (event: JsonEvent) => void;
  readonly #puller: Puller;
  readonly #pushes: BroadcastPushes;
  readonly #calls: Calls;
  readonly #links: ConnectionMonitor;
  readonly #incoming: SessionAcceptor;
  readonly #traffic = new TrafficMeter();
  readonly #events = new Emitter<{ window: WindowEvent }>();
  readonly #view: AppStatePublisher;
  /** A ticket to open that no window has heard of yet. */
  #unopened: string | undefined;
  #listeners = 0;

  constructor(
    endpoint: LiveEndpoint,
    memory: Preferences,
    book: CallBook,
    ongoing: OngoingCallFile,
    options: AppOptions,
  ) {
    const scope = this.#scope;
    const origin = new Origin();
    this.endpointId = endpoint.id;
    this.#endpoint = endpoint;
    this.#onEvent = options.onEvent ?? (() => undefined);
    scope.own(() => endpoint.close());
    const links = new ConnectionMonitor({
      onEvent: (event) => this.#onEvent(event),
      stats: options.stats ?? false,
      search: () => endpoint.searchDirect(),
    });
    scope.own(() => links.close());
    const puller = new Puller({
      origin,
      localId: endpoint.id,
      livePrefix: LIVE_PREFIX,
      dial: (address, signal) => endpoint.connect(address, { signal }),
      failureOf,
    });
    scope.own(() => puller.close());
    const broadcasts = new Broadcasts(origin, LIVE_PREFIX);
    scope.own(() => broadcasts.close());
    const pushes = new BroadcastPushes({
      origin,
      livePrefix: LIVE_PREFIX,
      broadcasts,
      settings: memory.settings,
      dialPeer: (address, signal) => endpoint.connect(address, { signal }),
    });
    scope.own(() => pushes.close());
    const calls = new Calls({
      origin,
      localId: endpoint.id,
      book,
      settings: memory.settings,
      autoAccept: options.autoAccept ?? false,
      dial: (address, dialOptions) => endpoint.connect(address, dialOptions),
      failureOf: dialFailureOf,
      onEvent: (event) => this.#onEvent(event),
      onConnection: (session, callId) => links.add(session, 'call', callId),
      ongoing,
      ...options.calls,
    });
    scope.own(() => calls.close());
    const callHolder = new CallWindow();
    scope.own(() => callHolder.close());
    this.#links = links;
    this.#puller = puller;
    this.#pushes = pushes;
    this.#calls = calls;
    this.#incoming = new SessionAcceptor({
      ...{ scope, origin, puller, calls, connectionMonitor: links, broadcasts },
      onViewerLeft: () => this.#view.touch(),
    });
    const shown = {
      ...{ endpoint, memory, book, calls, callHolder, puller, links, broadcasts, pushes },
      traffic: this.#traffic,
      viewers: this.#incoming.viewers,
    };
    const view = new AppStatePublisher(() => takeSnapshot(shown));
    this.#view = view;
    scope.own(() => view.close());
    const tell = (event: JsonEvent) => this.#onEvent(event);
    this.handlers = coreHandlers({ view, memory, book, calls, callHolder, puller }, tell);
    const ticketFor = (name: string) => endpoint.ticketFor(name);
    scope.own(onSnapshotChange(shown, () => view.touch()));
    scope.own(emitScriptEvents({ broadcasts, puller, ticketFor }, tell));
    this.#wire();
    calls.resume();
  }

  listen(listener: (event: WindowEvent) => void): () => void {
    const unsubscribe = this.#events.on('window', listener);
    this.#listeners += 1;
    if (this.#unopened !== undefined) {
      listener({ event: 'ticket.open', payload: { ticket: this.#unopened } });
      this.#unopened = undefined;
    }
    return once(() => {
      this.#listeners -= 1;
      unsubscribe();
    });
  }

  attachMedia(socket: MediaSocket): void {
    void this.#incoming
      .acceptWindow(acceptQmux(socket, MEDIA_PROTOCOL))
      .catch((error: unknown) => log.warn(`window: media channel failed: ${messageOf(error)}`));
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

  #wire(): void {
    const own = (unsubscribe: () => void) => void this.#scope.own(unsubscribe);
    const lockUp = this.#endpoint.onConnection((peer) => {
      void this.#incoming
        .acceptPeer(peer)
        .catch((error: unknown) => log.debug(`viewer refused: ${messageOf(error)}`));
    });
    // Before any session is told of the end: its peer would be back at once, and be left without a word.
    this.#scope.signal.addEventListener('abort', lockUp, { once: true });
    own(this.#puller.states.subscribe(() => this.#linkPulls()));
    own(
      this.#view.state.subscribe((state) => {
        this.#events.emit('window', { event: 'app.state', payload: state });
      }),
    );
    const timer = setInterval(() => void this.#sample(), SAMPLE_MS);
    own(() => clearInterval(timer));
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
      await this.#traffic.sample([...this.#incoming.viewers, ...pulled, ...this.#pushes.sessions()]);
    } catch (error) {
      log.debug(`traffic: ${messageOf(error)}`);
    }
    if (!this.#scope.closed) this.#view.touch();
  }
}
