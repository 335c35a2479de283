import { once } from '../../common/base/once.ts';
import { AttemptLimiter } from '../base/attempt-limiter.ts';

/** Limits for inbound connections, enforced before the handshake performs any cryptography. */
export interface AdmissionLimits {
  /** Maximum number of attempts per address and minute. */
  perMinute: number;
  /** Maximum number of simultaneous connections and handshakes across all addresses. */
  total: number;
}

/** Default limits for the application's endpoint. */
export const ADMISSION_LIMITS: AdmissionLimits = {
  // Enough for a dozen viewers behind one home router, each of which tries three protocol versions and retries every
  // few seconds.
  perMinute: 240,
  // Far more viewers than a home's uplink can serve (each needs a megabit per second or more), yet few enough to fit
  // into memory.
  total: 256,
};

/**
 * Decides whether to admit an inbound connection, based on the number of recent attempts from its address and the
 * number of open connections.
 */
export class Admission {
  readonly #maxOpen: number;
  readonly #attempts: AttemptLimiter;
  #open = 0;

  /** @param nowMs a monotonic clock in milliseconds; tests pass their own */
  constructor(limits: AdmissionLimits = ADMISSION_LIMITS, nowMs: () => number = () => performance.now()) {
    this.#maxOpen = limits.total;
    this.#attempts = new AttemptLimiter(limits.perMinute, nowMs);
  }

  /**
   * Admits a connection and returns a function that must be called when the connection closes. Returns undefined if
   * the connection must be refused.
   */
  admit(address: string): (() => void) | undefined {
    if (!this.#attempts.allows(address) || this.#open >= this.#maxOpen) return undefined;
    this.#open += 1;
    return once(() => {
      this.#open -= 1;
    });
  }
}
