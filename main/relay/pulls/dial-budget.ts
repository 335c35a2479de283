import type { PeerAddr } from '../../../common/ticket/ticket.ts';
import { AttemptLimiter } from '../../base/attempt-limiter.ts';
import { clientKey } from '../../base/client-key.ts';
import { LruMap } from '../../base/lru-map.ts';

/**
 * Maximum number of connection attempts per minute to an IP address that has never answered, for all tickets
 * together. One ticket whose publisher is offline causes seven attempts in the first minute and then four per
 * minute.
 */
const ATTEMPTS_PER_MINUTE = 12;
/** Maximum number of IP addresses that are remembered as having answered. */
const MAX_ANSWERED = 1_024;

/**
 * Limits the number of packets that a relay sends to addresses that do not answer. Anyone can create a ticket
 * that contains a stranger's address. With many such tickets, an attacker could make a relay that pulls for
 * everyone flood that address (a reflection attack).
 */
export class DialBudget {
  readonly #attempts: AttemptLimiter;
  readonly #answered = new LruMap<true>(MAX_ANSWERED);

  /** @param nowMs a monotonic clock in milliseconds; tests pass their own */
  constructor(nowMs?: () => number) {
    this.#attempts = new AttemptLimiter(ATTEMPTS_PER_MINUTE, nowMs);
  }

  /**
   * Counts a connection attempt to each IP address of a peer. Returns the peer's address without the IP
   * addresses that have used up their budget.
   *
   * @returns undefined if no IP address and no iroh relay is left
   */
  spend(address: PeerAddr): PeerAddr | undefined {
    const allowed = new Map<string, boolean>();
    for (const addr of address.ipAddrs) {
      const key = clientKey(addr);
      // If the same IP address occurs with several ports, it is counted only once.
      if (!allowed.has(key)) allowed.set(key, this.#answered.get(key) === true || this.#attempts.allows(key));
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
}
