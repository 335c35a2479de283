import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { Emitter, type Readable, Store } from '../../common/base/store.ts';
import {
  CALL_NAME,
  CALLS_PREFIX,
  LIVE_PREFIX,
  MEDIA_PROTOCOL,
  type MediaSocket,
  type OutsideOrigin,
} from '../../common/bridge/bridge.ts';
import { findNormalTicket } from '../../common/ticket/find-ticket.ts';
import { decodeLink, TicketError } from '../../common/ticket/ticket.ts';
import { makeFolder } from '../base/data-folder.ts';
import { log } from '../base/log.ts';
import { CallBook } from '../calls/call-book.ts';
import type { CallTimes } from '../calls/call-times.ts';
import { CallWindow } from '../calls/call-window.ts';
import { Calls } from '../calls/calls.ts';
import type { CallLimits } from '../calls/calls-options.ts';
import { dialFailureOf } from '../calls/dial.ts';
import { OngoingCallFile } from '../calls/ongoing-call.ts';
import { failureOf, LiveEndpoint } from '../endpoint/endpoint.ts';
import { loadIdentity } from '../endpoint/identity.ts';
import { openAtLastPort } from '../endpoint/last-port.ts';
import { Broadcasts } from '../live/broadcasts.ts';
import { LiveWindows } from '../live/live-windows.ts';
import type { PeerSlotLimits } from '../live/peer-slots.ts';
import { Preferences } from '../live/preferences.ts';
import { SessionAcceptor } from '../live/session-acceptor.ts';
import { TrafficMeter } from '../live/traffic.ts';
import { UplinkMonitor } from '../live/uplink-monitor.ts';
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
import { type JsonEvent, refusedTicketEvent } from './json-events.ts';
import { emitScriptEvents, followTicket } from './script-events.ts';
import { TicketRequests } from './ticket-requests.ts';

/** Options for the app: its data folder, its endpoint, and the receiver of its events. */
export interface AppOptions {
  /** Folder for the secret key, settings, contacts and history. Created if it is missing. */
  dataDir: string;
  /** `ADDR:PORT` for the endpoint. Defaults to the last run's port, on all addresses. */
  irohBind?: string;
  /** `default` (n0's public relays and discovery), `disabled`, or the URL of one relay. */
  irohRelay: string;
  /** Receives the `--json` events. */
  onEvent?: (event: JsonEvent) => void;
  /** Whether to emit every connection's measurements as JSON events, once a second. */
  stats?: boolean;
  /** Whether to accept every call immediately. */
  autoAccept?: boolean;
  /**
   * Whether only contacts can ring, even if the user's setting allows others. If false or absent, the user's
   * setting applies.
   */
  onlyContacts?: boolean;
  /**
   * Whether viewers may list all live broadcasts, regardless of the user's setting. If false or absent, the
   * setting applies. Viewers that may not list broadcasts must request each one by name.
   */
  listBroadcasts?: boolean;
  /** For tests: timeouts and limits for calls that replace the default ones. */
  calls?: { times?: Partial<CallTimes>; limits?: Partial<CallLimits> };
  /** For tests: limits on connection slots that replace the default ones. */
  slotLimits?: Partial<PeerSlotLimits>;
}

/** How often bit rates are sampled, in milliseconds. */
const SAMPLE_MS = 1_000;

/**
 * Starts the application without a window: its endpoint, Origin, broadcasts, pulls, calls and stored data.
 *
 * @throws Error with a message for the user if the data folder or the endpoint cannot be used
 */
export async function createApp(options: AppOptions): Promise<AppCore> {
  const { dataDir, irohBind, irohRelay } = options;
  makeFolder(dataDir);
  const secretKey = await loadIdentity(dataDir);
  const preferences = await Preferences.load(dataDir);
  const book = await CallBook.load(dataDir);
  const isContact = (endpointId: string) => book.isContact(endpointId);
  const endpoint = await openAtLastPort(dataDir, irohBind, (bind) =>
    LiveEndpoint.open({ secretKey, relay: irohRelay, isContact, ...(bind ? { bind } : {}) }),
  );
  return new App(endpoint, preferences, book, await OngoingCallFile.load(dataDir), options);
}

/** Returns whether viewers may list all live broadcasts. `forced` overrides the user's setting. */
function listingOf({ settings }: Preferences, forced: boolean, scope: Scope): Readable<boolean> {
  const listed = new Store(forced || settings.get().listBroadcasts);
  scope.own(settings.subscribe(({ listBroadcasts }) => listed.set(forced || listBroadcasts)));
  return listed;
}

class App implements AppCore {
  readonly endpointId: string;
  readonly handlers: CoreHandlers;
  readonly #scope = new Scope((error) => log.error(`shutting down: ${messageOf(error)}`));
  readonly #emit: (event: JsonEvent) => void;
  readonly #endpoint: LiveEndpoint;
  readonly #puller: Puller;
  readonly #pushes: BroadcastPushes;
  readonly #connectionMonitor: ConnectionMonitor;
  readonly #sessions: SessionAcceptor;
  readonly #traffic = new TrafficMeter();
  readonly #ticketRequests = new TicketRequests();
  readonly #statePublisher: AppStatePublisher;
  readonly #events = new Emitter<{ window: WindowEvent }>();

  constructor(
    endpoint: LiveEndpoint,
    preferences: Preferences,
    book: CallBook,
    ongoing: OngoingCallFile,
    options: AppOptions,
  ) {
    const scope = this.#scope;
    const origin = new Origin();
    const emit = options.onEvent ?? (() => undefined);
    this.endpointId = endpoint.id;
    this.#emit = emit;
    this.#endpoint = endpoint;
    scope.own(() => endpoint.close());

    const connectionMonitor = new ConnectionMonitor({
      onEvent: emit,
      stats: options.stats ?? false,
      search: () => endpoint.searchDirect(),
    });
    this.#connectionMonitor = connectionMonitor;
    scope.own(() => connectionMonitor.close());

    const puller = new Puller({
      origin,
      localId: endpoint.id,
      livePrefix: LIVE_PREFIX,
      dial: (address, signal) => endpoint.connect(address, { signal }),
      failureOf,
    });
    this.#puller = puller;
    scope.own(() => puller.close());

    const broadcasts = new Broadcasts(origin, LIVE_PREFIX);
    scope.own(() => broadcasts.close());

    const pushes = new BroadcastPushes({
      origin,
      livePrefix: LIVE_PREFIX,
      broadcasts,
      settings: preferences.settings,
      dialPeer: (address, signal) => endpoint.connect(address, { signal }),
    });
    this.#pushes = pushes;
    scope.own(() => pushes.close());

    const uplinks = new UplinkMonitor({ origin, prefixes: [LIVE_PREFIX, CALLS_PREFIX] });
    scope.own(() => uplinks.close());
    scope.own(
      uplinks.uplinks.subscribe((payload) =>
        this.#events.emit('window', { event: 'uplinks.sample', payload: [...payload] }),
      ),
    );

    const calls = new Calls({
      origin,
      localId: endpoint.id,
      book,
      settings: preferences.settings,
      autoAccept: options.autoAccept ?? false,
      onlyContacts: options.onlyContacts ?? false,
      dial: (address, dialOptions) => endpoint.connect(address, dialOptions),
      failureOf: dialFailureOf,
      onEvent: emit,
      onConnection: (session, callId) => connectionMonitor.add(session, 'call', callId),
      ongoing,
      ...options.calls,
    });
    scope.own(() => calls.close());

    const callWindow = new CallWindow();
    scope.own(() => callWindow.close());
    const liveWindows = new LiveWindows();
    scope.own(broadcasts.events.on('ended', ({ name }) => liveWindows.release(name)));
    scope.own(broadcasts.events.on('replaced', ({ name }) => liveWindows.replace(name)));

    const sessions = new SessionAcceptor({
      ...{ scope, origin, puller, calls, connectionMonitor, broadcasts, book },
      listed: listingOf(preferences, options.listBroadcasts ?? false, scope),
      slotLimits: options.slotLimits ?? {},
      onViewerLeft: () => this.#statePublisher.invalidate(),
    });
    this.#sessions = sessions;

    const sources = {
      ...{ endpoint, preferences, book, calls, callWindow, liveWindows },
      ...{ puller, connectionMonitor, broadcasts, pushes },
      traffic: this.#traffic,
      ticketRequests: this.#ticketRequests,
      viewers: sessions.viewers,
    };
    const statePublisher = new AppStatePublisher(() => takeSnapshot(sources));
    this.#statePublisher = statePublisher;
    scope.own(() => statePublisher.close());
    scope.own(onSnapshotChange(sources, () => statePublisher.invalidate()));
    this.#publishToWindows();

    const { ticketRequests } = sources;
    this.handlers = coreHandlers(
      { statePublisher, preferences, book, calls, callWindow, liveWindows, puller, ticketRequests },
      emit,
    );
    const ticketFor = (name: string) => endpoint.ticketFor(name);
    const { addr } = endpoint;
    scope.own(emitScriptEvents({ broadcasts, puller, ticketRequests, addr, ticketFor }, emit));
    scope.own(() => ticketRequests.close());
    scope.own(puller.states.subscribe(() => this.#monitorPulls()));
    const timer = setInterval(() => void this.#sampleTraffic(), SAMPLE_MS);
    scope.own(() => clearInterval(timer));
    this.#acceptPeers();
  }

  listen(listener: (event: WindowEvent) => void): () => void {
    return this.#events.on('window', listener);
  }

  attachMedia(socket: MediaSocket): void {
    void this.#sessions
      .acceptWindow(acceptQmux(socket, MEDIA_PROTOCOL))
      .catch((error: unknown) => log.warn(`window: media channel failed: ${messageOf(error)}`));
  }

  callTicket(): string {
    return this.#endpoint.ticketFor(CALL_NAME);
  }

  followCallTicket(listener: (ticket: string) => void): () => void {
    return followTicket(this.#endpoint.addr, () => this.callTicket(), listener);
  }

  requestTicket(text: string, origin: OutsideOrigin): void {
    try {
      this.#ticketRequests.add(findNormalTicket(origin === 'link' ? decodeLink(text) : text), origin);
    } catch (error) {
      if (!(error instanceof TicketError)) throw error;
      this.#emit(refusedTicketEvent(text, error.message));
      log.error(error.message);
    }
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  #acceptPeers(): void {
    const stopAccepting = this.#endpoint.onConnection((peer) => {
      void this.#sessions
        .acceptPeer(peer)
        .catch((error: unknown) => log.debug(`incoming session failed: ${messageOf(error)}`));
    });
    // Stop accepting connections before any session closes. Otherwise, the first peer to be disconnected
    // would reconnect immediately and never receive a close reason.
    this.#scope.signal.addEventListener('abort', stopAccepting, { once: true });
  }

  #publishToWindows(): void {
    const { state, samples } = this.#statePublisher;
    this.#scope.own(
      state.subscribe((payload) => this.#events.emit('window', { event: 'app.state', payload })),
    );
    this.#scope.own(
      samples.subscribe((connections) =>
        this.#events.emit('window', { event: 'connections.sample', payload: [...connections] }),
      ),
    );
  }

  #monitorPulls(): void {
    for (const { ticket } of this.#puller.states.get()) {
      const session = this.#puller.sessionOf(ticket);
      if (session) this.#connectionMonitor.add(session, 'pull', () => this.#ticketsOf(session));
    }
  }

  /** Returns the tickets whose broadcasts are pulled over a session. All pulls from the same peer share one session. */
  #ticketsOf(session: Session): string[] {
    return this.#puller.states
      .get()
      .flatMap(({ ticket }) => (this.#puller.sessionOf(ticket) === session ? [ticket] : []));
  }

  async #sampleTraffic(): Promise<void> {
    const pulled = this.#puller.states.get().flatMap(({ ticket }) => this.#puller.sessionOf(ticket) ?? []);
    try {
      await this.#traffic.sample([...this.#sessions.viewers, ...pulled, ...this.#pushes.sessions()]);
    } catch (error) {
      log.debug(`traffic: ${messageOf(error)}`);
    }
    if (!this.#scope.closed) this.#statePublisher.invalidate();
  }
}
