import type { PeerAddr } from '../../../common/ticket/ticket.ts';
import { AttemptLimiter } from '../../base/attempt-limiter.ts';
import { clientKey } from '../../base/client-key.ts';
import { LruMap } from '../../base/lru-map.ts';

/**
 * Maximum number of attempts per minute to an IP address that has never answered, over all tickets. One ticket whose publisher
 * is offline causes seven attempts in the first minute and then four per minute.
 */
const ATTEMPTS_PER_MINUTE = 12;
/** Maximum number of IP addresses that are remembered because they have answered. */
const MAX_ANSWERED = 1_024;

/**
 * Limits the packets that a relay sends to addresses which do not answer. Anyone can write a ticket with the address of a
 * stranger, and with many such tickets, a relay that pulls for everyone would flood that address (a reflector).
 */
export class DialBudget {
  readonly #attempts: AttemptLimiter;
  readonly #answered = new LruMap<true>(MAX_ANSWERED);

  /** @param nowMs a monotonic clock in milliseconds; tests pass their own */
  constructor(nowMs?: () => number) {
    this.#attempts = new AttemptLimiter(ATTEMPTS_PER_MINUTE, nowMs);
  }

  /**
   * Counts an attempt. Returns the address without the IP addresses that must not be dialled now.
   *
   * @returns undefined if nothing is left
   */
  spend(address: PeerAddr): PeerAddr | undefined {
    const allowed = new Map<string, boolean>();
    for (const addr of address.ipAddrs) {
      const key = clientKey(addr);
      // Several ports of one IP address count as one.
      if (!allowed.has(key)) allowed.set(key, this.#answered.get(key) === true || this.#attempts.allows(key));
    }
    const ipAddrs = address.ipAddrs.filter((addr) => allowed.get(clientKey(addr)) === true);
    return ipAddrs.length + address.relayUrls.length === 0 ? undefined : { ...address, ipAddrs };
  }

  /** Lifts the limit for an IP address, `ADDR:PORT`, at which a publisher has answered. */
  confirm(addr: string): void {
    this.#answered.set(clientKey(addr), true);
  }
}
