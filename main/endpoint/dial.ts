import { type Connection, EndpointAddr, EndpointId, type Endpoint as IrohEndpoint } from '@number0/iroh';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { type ConnectError, connectError, connectErrorFrom } from './connect-error.ts';

/** Protocols remembered, one a peer; the one used longest ago goes first. */
const MAX_REMEMBERED = 256;

export interface DialOptions {
  signal?: AbortSignal;
  timeoutMs: number;
}

/**
 * Connects to peers. iroh's connect offers one ALPN at a time, so they are tried one by one, newest first; what a peer
 * took last time is tried first the next time.
 */
export class Dialler {
  readonly #endpoint: IrohEndpoint;
  readonly #alpns: readonly string[];
  readonly #remembered = new Map<string, string>();

  constructor(endpoint: IrohEndpoint, alpns: readonly string[]) {
    this.#endpoint = endpoint;
    this.#alpns = alpns;
  }

  /**
   * A connection that comes too late, after the deadline or an abort, is closed.
   *
   * @throws ConnectError
   */
  async dial(peer: PeerAddr, { signal, timeoutMs }: DialOptions): Promise<Connection> {
    if (signal?.aborted) throw connectError('aborted', signal.reason);
    const addr = this.#addrOf(peer);
    const limit = new Limit(timeoutMs, signal);
    try {
      for (const alpn of this.#order(peer.endpointId)) {
        const result = await this.#attempt(addr, alpn, limit);
        if (result === undefined) continue;
        this.#remember(peer.endpointId, alpn);
        return result;
      }
      throw connectError('incompatible');
    } finally {
      limit.clear();
    }
  }

  /** Undefined when the peer does not speak this protocol, which it says at once. */
  async #attempt(addr: EndpointAddr, alpn: string, limit: Limit): Promise<Connection | undefined> {
    const connecting = this.#endpoint.connect(addr, Array.from(Buffer.from(alpn)));
    try {
      return await Promise.race([connecting, limit.reached]);
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
      // iroh 1.1.0 takes one relay. A peer has one home relay; others in a ticket are older ones.
      return new EndpointAddr(id, peer.relayUrls[0] ?? null, [...peer.ipAddrs]);
    } catch (error) {
      throw connectError('invalid', error);
    }
  }

  #order(endpointId: string): string[] {
    const known = this.#remembered.get(endpointId);
    return known === undefined ? [...this.#alpns] : [known, ...this.#alpns.filter((alpn) => alpn !== known)];
  }

  #remember(endpointId: string, alpn: string): void {
    this.#remembered.delete(endpointId);
    this.#remembered.set(endpointId, alpn);
    const oldest = this.#remembered.keys().next().value;
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
  }
}

/** Rejects when the time is up or the caller gives up, whichever is first; never unhandled. */
class Limit {
  readonly reached: Promise<never>;
  readonly clear: () => void;

  constructor(timeoutMs: number, signal: AbortSignal | undefined) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.reached = promise;
    const end = (error: ConnectError) => reject(error);
    const onAbort = () => end(connectError('aborted', signal?.reason));
    const timer = setTimeout(() => end(connectError('offline')), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.clear = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  }
}
