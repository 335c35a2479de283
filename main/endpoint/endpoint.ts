import type { Connection, Endpoint as IrohEndpoint } from '@number0/iroh';
import { once } from '../../common/base/once.ts';
import { Emitter, type Readable, Store } from '../../common/base/store.ts';
import { parseSocketAddr, type SocketAddr } from '../../common/ticket/socket-addr.ts';
import { formatTicket, type PeerAddr } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import { registerPeerProbe } from '../network/peer-probe.ts';
import { BundleTransport } from '../transport/bundle/bundle-transport.ts';
import type { CountPolicy } from '../transport/bundle/connection-negotiation.ts';
import { SessionJoins } from '../transport/bundle/join.ts';
import { BUNDLE_ALPN, BUNDLE_JOIN_ALPN } from '../transport/bundle/protocol.ts';
import { IrohTransport } from '../transport/iroh.ts';
import { irohMessage } from '../transport/transport-error.ts';
import { acceptLoop } from './accept.ts';
import { ADMISSION_LIMITS, Admission, type AdmissionLimits } from './admission.ts';
import { type BindOptions, bindEndpoint } from './bind.ts';
import { connectError } from './connect-error.ts';
import { Dialer } from './dial.ts';
import { type OwnAddr, ownAddr, SEARCH_ADDR, sameAddr } from './own-addr.ts';
import { PeerProber } from './peer-prober.ts';

export { EndpointError } from './bind.ts';
export { ConnectError, type ConnectFault, failureOf } from './connect-error.ts';
export type { OwnAddr } from './own-addr.ts';

/**
 * The ALPNs of sessions, in the order in which they are tried. Only this program understands `BUNDLE_ALPN`. Each of the
 * other ALPNs selects one version of moq-lite over a single connection; iroh-live uses version 03. Without
 * `BUNDLE_ALPN`, all sessions use a single connection.
 */
const SESSION_ALPNS = [BUNDLE_ALPN, 'moq-lite-05', 'moq-lite-04', 'moq-lite-03'] as const;

/**
 * Timeout of a dial, in milliseconds. Opening the ticket of an unreachable peer must fail within 10 s, and 3
 * s of that are reserved for the window. A reachable peer answers within a second.
 */
const CONNECT_TIMEOUT_MS = 7_000;
/**
 * How often the endpoint's addresses and relay are polled, in milliseconds. iroh 1.1.0's watchers cannot be used,
 * because they abort the whole process (iroh-ffi issue 277).
 */
const ADDR_POLL_MS = 500;
/**
 * Maximum time that the app waits for iroh to close, in milliseconds. iroh itself waits until its connections have
 * drained.
 */
const CLOSE_TIMEOUT_MS = 2_000;

/** State of the connection to the iroh relay. */
export type IrohRelayState = 'disabled' | 'connecting' | 'online';

/** Options for binding the endpoint and limiting inbound connections. The ALPNs default to `SESSION_ALPNS`. */
export interface OpenOptions extends Omit<BindOptions, 'alpns'> {
  alpns?: readonly string[];
  /** Limits for inbound connections. Default: `ADMISSION_LIMITS`. */
  limits?: Partial<AdmissionLimits>;
  /** Whether a peer is one of the user's contacts. Default: there are no contacts. */
  isContact?: (endpointId: string) => boolean;
  /** Returns the policy of a new session over `BUNDLE_ALPN`; see `BundleOptions.policy`. */
  connectionPolicy?: () => CountPolicy;
  signal?: AbortSignal;
}

/** An accepted connection from a peer. */
export interface IncomingPeer {
  transport: IrohTransport;
  /** The peer's endpoint id, 64 hex digits. */
  remoteId: string;
  alpn: string;
  /**
   * The peer's IP address or network (see `clientKey`), or its endpoint id if it connects through an iroh
   * relay. Limits must use `clientOfPeer` (main/network), because anyone can create endpoint ids.
   */
  from: string;
}

/**
 * The app's iroh endpoint, identified by its secret key. It dials and accepts all connections to peers, owns their
 * transports, and closes them when it is closed.
 */
export class LiveEndpoint {
  /** The endpoint id, 64 hex digits. */
  readonly id: string;
  /** The current addresses for tickets. Updated when a relay connects and whenever an address changes. */
  readonly addr: Readable<OwnAddr>;
  /** State of the connection to the iroh relay, which forwards encrypted packets and is not a MoQ relay. */
  readonly relayState: Readable<IrohRelayState>;
  readonly #endpoint: IrohEndpoint;
  readonly #addr: Store<OwnAddr>;
  readonly #relayState: Store<IrohRelayState>;
  readonly #relayDisabled: boolean;
  readonly #dialer: Dialer;
  readonly #prober: PeerProber;
  readonly #admission: Admission;
  readonly #isContact: (endpointId: string) => boolean;
  readonly #poll: NodeJS.Timeout;
  readonly #transports = new Set<IrohTransport>();
  readonly #joins = new SessionJoins();
  readonly #connectionPolicy: OpenOptions['connectionPolicy'];
  readonly #events = new Emitter<{ connection: IncomingPeer }>();
  #accepting = false;
  #listeners = 0;
  #searchAnnounced = false;
  #closing: Promise<void> | undefined;

  private constructor(endpoint: IrohEndpoint, options: OpenOptions) {
    this.#endpoint = endpoint;
    this.id = endpoint.id().toString();
    this.#relayDisabled = options.relay === 'disabled';
    this.#dialer = new Dialer(endpoint, options.alpns ?? SESSION_ALPNS);
    this.#prober = new PeerProber({ usesRelays: !this.#relayDisabled });
    registerPeerProbe(endpoint, (peer, signal) => this.#prober.probe(peer, signal));
    this.#admission = new Admission({ ...ADMISSION_LIMITS, ...options.limits });
    this.#isContact = options.isContact ?? (() => false);
    this.#connectionPolicy = options.connectionPolicy;
    this.#addr = new Store(ownAddr(endpoint));
    this.#relayState = new Store(this.#relayStateOf(this.#addr.get()));
    this.addr = this.#addr;
    this.relayState = this.#relayState;
    this.#poll = setInterval(() => this.#refresh(), ADDR_POLL_MS);
    this.#poll.unref();
  }

  /**
   * Opens the endpoint, whether or not the machine is online. The local addresses are known immediately; the
   * relay connects later.
   *
   * @throws EndpointError if the endpoint cannot be opened
   * @throws the signal's reason if the signal is aborted
   */
  static async open(options: OpenOptions): Promise<LiveEndpoint> {
    options.signal?.throwIfAborted();
    const alpns = options.alpns ?? SESSION_ALPNS;
    const accepted = alpns.includes(BUNDLE_ALPN) ? [...alpns, BUNDLE_JOIN_ALPN] : alpns;
    const endpoint = await bindEndpoint({ ...options, alpns: accepted });
    if (options.signal?.aborted) {
      await endpoint.close();
      throw options.signal.reason;
    }
    return new LiveEndpoint(endpoint, options);
  }

  /** UDP port of the IPv4 socket, or of the first socket if there is no IPv4 socket. */
  get port(): number | undefined {
    const addrs = this.#boundAddrs();
    return (addrs.find(({ ip }) => ip.length === 4) ?? addrs[0])?.port;
  }

  /** UDP port of the IPv6 socket. Undefined if there is none. */
  get ipv6Port(): number | undefined {
    return this.#boundAddrs().find(({ ip }) => ip.length === 16)?.port;
  }

  /**
   * Creates a ticket for one of this endpoint's broadcasts, with the endpoint's current addresses.
   *
   * @throws TicketError if the name cannot be part of a ticket
   */
  ticketFor(broadcastName: string): string {
    return formatTicket({ endpointId: this.id, ...this.#addr.get(), broadcastName });
  }

  /**
   * Calls `listener` for each accepted connection. Without a listener, the endpoint refuses connections,
   * which keeps peers from reconnecting while the app shuts down. Returns a function that unsubscribes.
   */
  onConnection(listener: (peer: IncomingPeer) => void): () => void {
    const unsubscribe = this.#events.on('connection', listener);
    this.#listeners += 1;
    if (!this.#accepting) {
      this.#accepting = true;
      void acceptLoop(this.#endpoint, {
        admission: this.#admission,
        isOpen: () => this.#listeners > 0 && !this.#closing,
        isRelayedContact: (endpointId, relayUrl) => this.#isRelayedContact(endpointId, relayUrl),
        onConnection: (connection, release, from) => this.#accept(connection, release, from),
      });
    }
    return once(() => {
      this.#listeners -= 1;
      unsubscribe();
    });
  }

  /**
   * Connects to a peer. The caller owns the transport, which is also closed when this endpoint closes.
   *
   * @throws ConnectError if no connection is established
   */
  async connect(
    peer: PeerAddr,
    options: { signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<IrohTransport> {
    if (peer.endpointId.toLowerCase() === this.id) throw connectError('self');
    if (this.#closing) throw connectError('aborted');
    const connection = await this.#dialer.dial(peer, {
      timeoutMs: options.timeoutMs ?? CONNECT_TIMEOUT_MS,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const transport = this.#adopt(connection, { peer, onClosed: () => undefined });
    if (!options.signal?.aborted && !this.#closing) return transport;
    transport.close({ closeCode: 0, reason: 'cancelled' });
    throw connectError('aborted', options.signal?.reason);
  }

  /**
   * Makes iroh search for direct paths to all peers within 5 s; by default, it searches once a minute. Call this
   * every few seconds while a connection is relayed. Rejects if the endpoint is closed.
   */
  async searchDirect(): Promise<void> {
    this.#searchAnnounced = !this.#searchAnnounced;
    if (this.#searchAnnounced) await this.#endpoint.addExternalAddr(SEARCH_ADDR);
    else await this.#endpoint.removeExternalAddr(SEARCH_ADDR);
  }

  /**
   * Closes all connections with code 0 and reason `cancelled`, and then the endpoint. Takes at most 2 s. Idempotent.
   * Never rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#poll);
    this.#prober.close();
    for (const transport of this.#transports) transport.close({ closeCode: 0, reason: 'cancelled' });
    const { promise: timeout, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    try {
      await Promise.race([this.#endpoint.close(), timeout]);
    } catch (error) {
      log.warn(`cannot close the endpoint: ${irohMessage(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Whether a peer is a contact whose id this endpoint's own iroh relay has verified. Iroh relays verify that
   * their clients have their secret keys, but a relay named in a ticket could report any id.
   */
  #isRelayedContact(endpointId: string, relayUrl: string): boolean {
    const { relayUrls } = this.#addr.get();
    const isOwnRelay = relayUrls.some((own) => new URL(own).href === new URL(relayUrl).href);
    return isOwnRelay && this.#isContact(endpointId);
  }

  #boundAddrs(): SocketAddr[] {
    return this.#endpoint.boundSockets().flatMap((text) => parseSocketAddr(text) ?? []);
  }

  #accept(connection: Connection, release: () => void, from: string): void {
    if (alpnOf(connection) === BUNDLE_JOIN_ALPN) {
      // Admission already counts the session that this connection joins.
      void this.#joins.accept(connection).finally(release);
      return;
    }
    const transport = this.#adopt(connection, { onClosed: release });
    if (this.#closing) transport.close({ closeCode: 0, reason: 'cancelled' });
    else
      this.#events.emit('connection', {
        transport,
        remoteId: transport.remoteId,
        alpn: transport.protocol,
        from,
      });
  }

  /** @param peer the address that was dialed; undefined for an accepted connection */
  #adopt(
    connection: Connection,
    { peer, onClosed }: { peer?: PeerAddr; onClosed: () => void },
  ): IrohTransport {
    const transport = this.#transportFor(connection, peer);
    this.#transports.add(transport);
    void transport.closed.then(() => {
      this.#transports.delete(transport);
      onClosed();
    });
    return transport;
  }

  #transportFor(connection: Connection, peer: PeerAddr | undefined): IrohTransport {
    if (alpnOf(connection) !== BUNDLE_ALPN) return new IrohTransport(connection, this.#endpoint);
    const policy = this.#connectionPolicy?.();
    const options = policy ? { policy } : {};
    if (peer) {
      return new BundleTransport(connection, this.#endpoint, {
        ...options,
        dial: (signal) =>
          this.#dialer.dialOnce(peer, BUNDLE_JOIN_ALPN, { signal, timeoutMs: CONNECT_TIMEOUT_MS }),
      });
    }
    const bundle = new BundleTransport(connection, this.#endpoint, options);
    void bundle.closed.then(this.#joins.register(bundle));
    return bundle;
  }

  #refresh(): void {
    const addr = ownAddr(this.#endpoint);
    if (!sameAddr(addr, this.#addr.get())) this.#addr.set(addr);
    this.#relayState.set(this.#relayStateOf(addr));
  }

  #relayStateOf(addr: OwnAddr): IrohRelayState {
    if (this.#relayDisabled) return 'disabled';
    return addr.relayUrls.length > 0 ? 'online' : 'connecting';
  }
}

function alpnOf(connection: Connection): string {
  return Buffer.from(connection.alpn()).toString();
}
