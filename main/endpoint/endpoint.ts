import type { Connection, Endpoint as IrohEndpoint } from '@number0/iroh';
import { Emitter, type Readable, Store } from '../../common/base/store.ts';
import { parseSocketAddr } from '../../common/ticket/socket-addr.ts';
import { formatTicket, type PeerAddr } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import { IrohTransport } from '../transport/iroh.ts';
import { irohMessage } from '../transport/transport-error.ts';
import { acceptLoop } from './accept.ts';
import { ADMISSION_LIMITS, Admission, type AdmissionLimits } from './admission.ts';
import { type BindOptions, bindEndpoint } from './bind.ts';
import { connectError } from './connect-error.ts';
import { Dialler } from './dial.ts';
import { type OwnAddr, ownAddr, SEARCH_ADDR, sameAddr } from './own-addr.ts';

export { EndpointError } from './bind.ts';
export { ConnectError, type ConnectFault, failureOf } from './connect-error.ts';
export type { OwnAddr } from './own-addr.ts';

/** moq-lite over iroh: the ALPN is the version, newest first. iroh-live speaks 03. */
export const MOQ_ALPNS = ['moq-lite-05', 'moq-lite-04', 'moq-lite-03'] as const;

/** A ticket to nobody must fail within 10 s, with the window's own time; a good connection takes under one. */
export const CONNECT_TIMEOUT_MS = 7_000;
/** How often addresses and relay are looked at. (iroh 1.1.0's watchers abort the whole process: iroh-ffi issue 277.) */
const ADDR_POLL_MS = 500;
/** iroh waits for its connections to drain when it closes; nobody should wait longer than this, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

export type RelayState = 'disabled' | 'connecting' | 'online';

export interface OpenOptions extends Omit<BindOptions, 'alpns'> {
  alpns?: readonly string[];
  limits?: AdmissionLimits;
  signal?: AbortSignal;
}

/** A connection that a peer made to this endpoint. */
export interface IncomingPeer {
  transport: IrohTransport;
  /** 64 hex digits. */
  remoteId: string;
  alpn: string;
  /** The IP address that it came from, or its network (see `clientKey`); through an iroh relay the peer's id. */
  from: string;
}

/**
 * This machine's iroh endpoint: one secret key, one id, every connection to and from peers. It owns all transports
 * that come out of it, and closing it closes them.
 */
export class LiveEndpoint {
  /** 64 hex digits. */
  readonly id: string;
  /** Kept up to date as relays are reached and addresses change. */
  readonly addr: Readable<OwnAddr>;
  /** The iroh relay, which passes sealed packets on: not a MoQ relay. */
  readonly relayState: Readable<RelayState>;
  readonly #endpoint: IrohEndpoint;
  readonly #addr: Store<OwnAddr>;
  readonly #relayState: Store<RelayState>;
  readonly #relayDisabled: boolean;
  readonly #dialler: Dialler;
  readonly #admission: Admission;
  readonly #poll: NodeJS.Timeout;
  readonly #transports = new Set<IrohTransport>();
  readonly #events = new Emitter<{ connection: IncomingPeer }>();
  #accepting = false;
  #listeners = 0;
  #searchAnnounced = false;
  #closing: Promise<void> | undefined;

  private constructor(endpoint: IrohEndpoint, options: OpenOptions) {
    this.#endpoint = endpoint;
    this.id = endpoint.id().toString();
    this.#relayDisabled = options.relay === 'disabled';
    this.#dialler = new Dialler(endpoint, options.alpns ?? MOQ_ALPNS);
    this.#admission = new Admission(options.limits ?? ADMISSION_LIMITS);
    this.#addr = new Store(ownAddr(endpoint));
    this.#relayState = new Store(this.#relayStateOf(this.#addr.get()));
    this.addr = this.#addr;
    this.relayState = this.#relayState;
    this.#poll = setInterval(() => this.#refresh(), ADDR_POLL_MS);
    this.#poll.unref();
  }

  /**
   * Opens the endpoint; needs no network. The addresses of this machine are known at once, a relay comes later.
   *
   * @throws EndpointError; the signal's reason when it is aborted.
   */
  static async open(options: OpenOptions): Promise<LiveEndpoint> {
    options.signal?.throwIfAborted();
    const endpoint = await bindEndpoint({ ...options, alpns: options.alpns ?? MOQ_ALPNS });
    if (options.signal?.aborted) {
      await endpoint.close();
      throw options.signal.reason;
    }
    return new LiveEndpoint(endpoint, options);
  }

  /** The UDP port of the IPv4 socket, or of the first one there is. */
  get port(): number | undefined {
    const addrs = this.#endpoint.boundSockets().flatMap((text) => parseSocketAddr(text) ?? []);
    return (addrs.find(({ ip }) => ip.length === 4) ?? addrs[0])?.port;
  }

  /** The ticket for a broadcast of this endpoint, with the addresses there are now. Throws TicketError for a bad name. */
  ticketFor(broadcastName: string): string {
    return formatTicket({ endpointId: this.id, ...this.#addr.get(), broadcastName });
  }

  /**
   * Hears every connection that peers make. None is accepted before somebody listens, and they are refused when nobody
   * does any more: who is told that this app ends must not get in again meanwhile. Returns the unsubscriber.
   */
  onConnection(listener: (peer: IncomingPeer) => void): () => void {
    const unsubscribe = this.#events.on('connection', listener);
    this.#listeners += 1;
    if (!this.#accepting) {
      this.#accepting = true;
      void acceptLoop(this.#endpoint, {
        admission: this.#admission,
        open: () => this.#listeners > 0 && !this.#closing,
        take: (connection, gone, from) => this.#welcome(connection, gone, from),
      });
    }
    let listening = true;
    return () => {
      if (listening) this.#listeners -= 1;
      listening = false;
      unsubscribe();
    };
  }

  /**
   * Connects to a peer. The caller closes the transport; closing this endpoint does too.
   *
   * @throws ConnectError
   */
  async connect(
    peer: PeerAddr,
    options: { signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<IrohTransport> {
    if (peer.endpointId.toLowerCase() === this.id) throw connectError('self');
    if (this.#closing) throw connectError('aborted');
    const connection = await this.#dialler.dial(peer, {
      timeoutMs: options.timeoutMs ?? CONNECT_TIMEOUT_MS,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const transport = this.#adopt(connection, () => undefined);
    if (!options.signal?.aborted && !this.#closing) return transport;
    transport.close({ closeCode: 0, reason: 'cancelled' });
    throw connectError('aborted', options.signal?.reason);
  }

  /**
   * Makes iroh look for direct paths to every peer again, within 5 s. Called every few seconds while something is
   * relayed: by itself iroh looks once a minute. Rejects when the endpoint is closed.
   */
  async searchDirect(): Promise<void> {
    this.#searchAnnounced = !this.#searchAnnounced;
    if (this.#searchAnnounced) await this.#endpoint.addExternalAddr(SEARCH_ADDR);
    else await this.#endpoint.removeExternalAddr(SEARCH_ADDR);
  }

  /** Closes every connection with code 0 `cancelled`, then the endpoint. Idempotent, never rejects, ends in time. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#poll);
    for (const transport of this.#transports) transport.close({ closeCode: 0, reason: 'cancelled' });
    const { promise: timeout, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    try {
      await Promise.race([this.#endpoint.close(), timeout]);
    } catch (error) {
      log.warn(`the endpoint did not close well: ${irohMessage(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  #welcome(connection: Connection, gone: () => void, from: string): void {
    const transport = this.#adopt(connection, gone);
    if (this.#closing) transport.close({ closeCode: 0, reason: 'cancelled' });
    else
      this.#events.emit('connection', {
        transport,
        remoteId: transport.remoteId,
        alpn: transport.protocol,
        from,
      });
  }

  #adopt(connection: Connection, gone: () => void): IrohTransport {
    const transport = new IrohTransport(connection, this.#endpoint);
    this.#transports.add(transport);
    void transport.closed.then(() => {
      this.#transports.delete(transport);
      gone();
    });
    return transport;
  }

  #refresh(): void {
    const addr = ownAddr(this.#endpoint);
    if (!sameAddr(addr, this.#addr.get())) this.#addr.set(addr);
    this.#relayState.set(this.#relayStateOf(addr));
  }

  #relayStateOf(addr: OwnAddr): RelayState {
    if (this.#relayDisabled) return 'disabled';
    return addr.relayUrls.length > 0 ? 'online' : 'connecting';
  }
}
