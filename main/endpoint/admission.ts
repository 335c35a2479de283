/**
 * Who may try to connect, decided before any cryptography is done for them: a counter for each remote address, and
 * one for all connections together.
 */
export interface AdmissionLimits {
  /** Attempts from one address within a minute. */
  perMinute: number;
  /** Connections and handshakes at once, over all addresses. */
  total: number;
}

export const ADMISSION_LIMITS: AdmissionLimits = {
  // A dozen viewers behind one home router, each trying three protocol versions and retrying every few seconds.
  perMinute: 240,
  // Far more than a home's uplink can feed (each viewer takes a megabit or more), and little enough to hold in memory.
  total: 256,
};

const WINDOW_MS = 60_000;
/** Addresses remembered at most; the one seen longest ago goes first. */
const MAX_ADDRESSES = 4096;

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #nowMs: () => number;
  readonly #attempts = new Map<string, { sinceMs: number; count: number }>();
  #open = 0;

  constructor(limits: AdmissionLimits = ADMISSION_LIMITS, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** A release to call once when the connection is gone, or undefined when it must be refused. */
  admit(address: string): (() => void) | undefined {
    const now = this.#nowMs();
    const known = this.#attempts.get(address);
    const entry = known && now - known.sinceMs < WINDOW_MS ? known : { sinceMs: now, count: 0 };
    entry.count += 1;
    this.#attempts.delete(address);
    this.#attempts.set(address, entry);
    const oldest = this.#attempts.keys().next().value;
    if (this.#attempts.size > MAX_ADDRESSES && oldest !== undefined) this.#attempts.delete(oldest);
    if (entry.count > this.#limits.perMinute || this.#open >= this.#limits.total) return undefined;
    this.#open += 1;
    let released = false;
    return () => {
      if (!released) this.#open -= 1;
      released = true;
    };
  }
}
