import type { PeerAddr } from '../../../common/ticket/ticket.ts';
import { AttemptLimiter } from '../../base/attempt-limiter.ts';
import { clientKey, networkOf } from '../../base/client-key.ts';
import { LruMap } from '../../base/lru-map.ts';

/**
 * Maximum number of connection attempts per minute to an IP address that has never answered, for all tickets
 * together. A ticket whose publisher is offline causes seven attempts in the first minute and then four per
 * minute.
 */
const ATTEMPTS_PER_MINUTE = 12;
/**
 * Number of additional attempts per minute to an address that has never answered, for one client or one IPv6
 * /48 network of clients. Without them, a client with made-up tickets could use up the limit and make a
 * publisher at the address unreachable for others.
 */
const ATTEMPTS_PER_CLIENT = 2;
/** Maximum number of such additional attempts per minute, for all clients together. */
const ATTEMPTS_OF_CLIENTS = 36;
/** Maximum number of IP addresses that are remembered as having answered. */
const MAX_ANSWERED = 1_024;

/** Returns the clients that have requested a ticket with the given address of a peer. */
export type ClientsOf = (addr: string) => Iterable<string>;

/**
 * Limits the packets that a relay sends to addresses that do not answer. Otherwise, an attacker could create
 * many tickets with a stranger's address, and make a public relay flood that address (a reflection attack).
 */
export class DialBudget {
  readonly #attempts: AttemptLimiter;
  readonly #clientAttempts: AttemptLimiter;
  readonly #allClientAttempts: AttemptLimiter;
  readonly #answered = new LruMap<true>(MAX_ANSWERED);

  /** @param nowMs a monotonic clock in milliseconds; tests pass their own */
  constructor(nowMs?: () => number) {
    this.#attempts = new AttemptLimiter(ATTEMPTS_PER_MINUTE, nowMs);
    this.#clientAttempts = new AttemptLimiter(ATTEMPTS_PER_CLIENT, nowMs);
    this.#allClientAttempts = new AttemptLimiter(ATTEMPTS_OF_CLIENTS, nowMs);
  }

  /**
   * Counts a connection attempt to each IP address of a peer. Returns the peer's address without the IP
   * addresses that have used up their budget.
   *
   * @param clientsOf returns the clients that have requested a ticket with an address of the peer, in the
   *   format `ADDR:PORT`
   * @returns undefined if no IP address and no iroh relay remains
   */
  spend(address: PeerAddr, clientsOf: ClientsOf = () => []): PeerAddr | undefined {
    const allowed = new Map<string, boolean>();
    for (const addr of address.ipAddrs) {
      const key = clientKey(addr);
      // If the same IP address occurs with several ports, it is counted only once.
      if (allowed.has(key)) continue;
      const isKnown = this.#answered.get(key) === true;
      const sameIp = address.ipAddrs.filter((other) => clientKey(other) === key);
      allowed.set(key, isKnown || this.#attempts.allows(key) || this.#allowsClient(key, sameIp, clientsOf));
    }
    const ipAddrs = address.ipAddrs.filter((addr) => allowed.get(clientKey(addr)) === true);
    return ipAddrs.length + address.relayUrls.length === 0 ? undefined : { ...address, ipAddrs };
  }

  /**
   * Removes the limit for the IP address in `ADDR:PORT`, because a publisher has answered at this address.
   */
  confirm(addr: string): void {
    this.#answered.set(clientKey(addr), true);
  }

  #allowsClient(key: string, addrs: readonly string[], clientsOf: ClientsOf): boolean {
    const clients = addrs.flatMap((addr) => [...clientsOf(addr)]);
    const sources = new Set(clients.map((client) => networkOf(client) ?? client));
    for (const source of sources) {
      if (this.#clientAttempts.allows(`${source}\n${key}`)) return this.#allClientAttempts.allows(key);
    }
    return false;
  }
}
