import { type Connection, EndpointAddr, EndpointId, type Endpoint as IrohEndpoint } from '@number0/iroh';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { LruMap } from '../base/lru-map.ts';
import { connectError, connectErrorFrom } from './connect-error.ts';

/** Maximum number of peers whose protocol version is remembered. */
const MAX_REMEMBERED = 256;

/** Limits for one dial attempt, across all protocol versions. */
export interface DialOptions {
  signal?: AbortSignal;
  timeoutMs: number;
}

/**
 * Connects to peers. iroh's `connect` offers only one ALPN, so protocol versions are tried one after the
 * other: first the one that the peer accepted last, then newest first.
 */
export class Dialer {
  readonly #endpoint: IrohEndpoint;
  readonly #alpns: readonly string[];
  /** Maps each endpoint id to the ALPN of the last connection to it. */
  readonly #lastAlpns = new LruMap<string>(MAX_REMEMBERED);

  constructor(endpoint: IrohEndpoint, alpns: readonly string[]) {
    this.#endpoint = endpoint;
    this.#alpns = alpns;
  }

  /**
   * Connects to a peer. If the connection is established only after the timeout or an abort, it is closed.
   *
   * @throws ConnectError if no connection is established
   */
  async dial(peer: PeerAddr, { signal, timeoutMs }: DialOptions): Promise<Connection> {
    if (signal?.aborted) throw connectError('aborted', signal.reason);
    const addr = this.#addrOf(peer);
    const deadline = new Deadline(timeoutMs, signal);
    try {
      for (const alpn of this.#alpnsFor(peer.endpointId)) {
        const connection = await this.#attempt(addr, alpn, deadline);
        if (connection === undefined) continue;
        this.#lastAlpns.set(peer.endpointId, alpn);
        return connection;
      }
      throw connectError('incompatible');
    } finally {
      deadline.clear();
    }
  }

  /**
   * Connects to a peer with one ALPN, and remembers nothing. If the connection is established only after the timeout or
   * an abort, it is closed.
   *
   * @throws ConnectError if no connection is established
   */
  async dialOnce(peer: PeerAddr, alpn: string, { signal, timeoutMs }: DialOptions): Promise<Connection> {
    if (signal?.aborted) throw connectError('aborted', signal.reason);
    const deadline = new Deadline(timeoutMs, signal);
    try {
      const connection = await this.#attempt(this.#addrOf(peer), alpn, deadline);
      if (connection === undefined) throw connectError('incompatible');
      return connection;
    } finally {
      deadline.clear();
    }
  }

  /** Resolves to undefined if the peer does not support this protocol version, which the peer reports immediately. */
  async #attempt(addr: EndpointAddr, alpn: string, deadline: Deadline): Promise<Connection | undefined> {
    const connecting = this.#endpoint.connect(addr, Array.from(Buffer.from(alpn)));
    try {
      return await Promise.race([connecting, deadline.reached]);
    } catch (error) {
      const typed = connectErrorFrom(error);
      if (typed.reason === 'incompatible') return undefined;
      connecting.then(
        (late) => late.close(0n, Array.from(Buffer.from('cancelled'))),
        () => undefined,
      );
      throw typed;
    }
  }

  #addrOf(peer: PeerAddr): EndpointAddr {
    try {
      const id = EndpointId.fromBytes(Array.from(Buffer.from(peer.endpointId, 'hex')));
      // iroh 1.1.0 accepts only one relay. A peer has one home relay, so any other relays in a ticket are
      // outdated.
      return new EndpointAddr(id, peer.relayUrls[0] ?? null, [...peer.ipAddrs]);
    } catch (error) {
      throw connectError('invalid', error);
    }
  }

  #alpnsFor(endpointId: string): string[] {
    const last = this.#lastAlpns.get(endpointId);
    return last === undefined ? [...this.#alpns] : [last, ...this.#alpns.filter((alpn) => alpn !== last)];
  }
}

/** Creates a promise that rejects on timeout or abort. Its rejection never counts as unhandled. */
class Deadline {
  readonly reached: Promise<never>;
  /** Stops the timer and removes the abort listener. */
  readonly clear: () => void;

  constructor(timeoutMs: number, signal: AbortSignal | undefined) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.reached = promise;
    const onAbort = () => reject(connectError('aborted', signal?.reason));
    const timer = setTimeout(() => reject(connectError('offline')), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.clear = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  }
}
