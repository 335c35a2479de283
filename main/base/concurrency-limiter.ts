import { once } from '../../common/base/once.ts';
import { isSharedClient, NETWORK_FACTOR, networkOf } from './client-key.ts';

/**
 * The fraction of the total limit that each shared identity may use (see `isSharedClient`): WebTransport
 * sessions without an address token, and iroh peers behind iroh relays. Players that are refused fall back to
 * WebSocket, where the client's address is known.
 */
const SHARED_CLIENT_SHARE = 1 / 4;

/** Returns the limit for all clients with the same shared identity together, which is at least the limit for one client. */
export function sharedClientLimit(perClient: number, total: number): number {
  return Math.max(perClient, Math.floor(total * SHARED_CLIENT_SHARE));
}

/**
 * Limits how many slots are in use at the same time: in total, per client, and per IPv6 /48 network. Clients
 * are identified by the keys from client-key.ts.
 */
export class ConcurrencyLimiter {
  readonly #total: number;
  readonly #perClient: number;
  readonly #shared: number;
  readonly #active = new Map<string, number>();
  #activeTotal = 0;

  /** @param shared limit for each identity that many clients share (see `isSharedClient`); default: `perClient` */
  constructor(total: number, perClient: number, shared = perClient) {
    this.#total = total;
    this.#perClient = perClient;
    this.#shared = shared;
  }

  /** Number of slots in use over all clients. */
  get active(): number {
    return this.#activeTotal;
  }

  /** Returns the number of slots used by a client or by an IPv6 /48 network from `networkOf`. */
  activeOf(clientOrNetwork: string): number {
    return this.#active.get(clientOrNetwork) ?? 0;
  }

  /** Whether a client has used up its own limit or the limit of its network. */
  isFull(client: string): boolean {
    const limit = isSharedClient(client) ? this.#shared : this.#perClient;
    const network = networkOf(client);
    return (
      this.activeOf(client) >= limit ||
      (network !== undefined && this.activeOf(network) >= NETWORK_FACTOR * this.#perClient)
    );
  }

  /**
   * Reserves a slot. Returns the function that releases it, or the name of the limit that has been reached.
   * `client` means the limit of the client or of its network.
   */
  acquire(client: string): (() => void) | 'total' | 'client' {
    if (this.isFull(client)) return 'client';
    if (this.#activeTotal >= this.#total) return 'total';
    const network = networkOf(client);
    const keys = network === undefined ? [client] : [client, network];
    this.#activeTotal += 1;
    for (const key of keys) this.#active.set(key, this.activeOf(key) + 1);
    return once(() => {
      this.#activeTotal -= 1;
      for (const key of keys) {
        const left = this.activeOf(key) - 1;
        if (left > 0) this.#active.set(key, left);
        else this.#active.delete(key);
      }
    });
  }
}
