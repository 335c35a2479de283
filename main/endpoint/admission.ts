import { once } from '../../common/base/once.ts';
import { AttemptLimiter } from '../base/attempt-limiter.ts';

/** Limits on inbound connections, enforced before the handshake does any cryptography. */
export interface AdmissionLimits {
  /** Attempts from one address within a minute. */
  perMinute: number;
  /** Connections and handshakes at once, over all addresses. */
  total: number;
}

/** The limits of the application's endpoint. */
export const ADMISSION_LIMITS: AdmissionLimits = {
  // A dozen viewers behind one home router, each trying three protocol versions and retrying every few seconds.
  perMinute: 240,
  // Far more than a home's uplink can feed (each viewer takes a megabit or more), and few enough to hold in memory.
  total: 256,
};

/** Decides whether an inbound connection may proceed: counts attempts per remote address and all open connections. */
export class Admission {
  readonly #maxOpen: number;
  readonly #attempts: AttemptLimiter;
  #open = 0;

  /** @param nowMs a monotonic clock in milliseconds; tests pass their own */
  constructor(limits: AdmissionLimits = ADMISSION_LIMITS, nowMs: () => number = () => performance.now()) {
    this.#maxOpen = limits.total;
    this.#attempts = new AttemptLimiter(limits.perMinute, nowMs);
  }

  /** Admits a connection and returns its release, to be called when it closes. Undefined if it must be refused. */
  admit(address: string): (() => void) | undefined {
    if (!this.#attempts.allows(address) || this.#open >= this.#maxOpen) return undefined;
    this.#open += 1;
    return once(() => {
      this.#open -= 1;
    });
  }
}
