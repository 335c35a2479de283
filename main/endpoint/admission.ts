import { once } from '../../common/base/once.ts';
import { AttemptLimiter } from '../base/attempt-limiter.ts';
import { RELAYED_PEERS } from '../base/client-key.ts';
import { ConcurrencyLimiter } from '../base/concurrency-limiter.ts';

/** Limits for inbound connections, enforced before the handshake performs any cryptography. */
export interface AdmissionLimits {
  /** Maximum number of attempts per address and minute. */
  perMinute: number;
  /** Maximum number of attempts per minute of all peers together that connect through an iroh relay. */
  relayedPerMinute: number;
  /** Maximum number of simultaneous handshakes across all addresses. */
  handshakes: number;
  handshakesPerAddress: number;
  /** Maximum number of simultaneous connections and handshakes across all addresses. */
  total: number;
}

/** Maximum number of remote peers that can be connected to the application at the same time. */
export const MAX_PEERS = 256;

const HANDSHAKES = 64;

/** Default limits for the application's endpoint. */
export const ADMISSION_LIMITS: AdmissionLimits = {
  // Enough for a dozen viewers behind one home router, each of which tries three protocol versions and retries every
  // few seconds.
  perMinute: 240,
  relayedPerMinute: 960,
  // A handshake takes two round trips, so even over a slow path these are dozens of new connections per second.
  handshakes: HANDSHAKES,
  handshakesPerAddress: 16,
  // A peer's identity is known only after its handshake. Handshakes must therefore remain possible when there is no
  // room for strangers, because contacts have reserved slots. 256 peers are far more viewers than a home's uplink can
  // serve (each needs a megabit per second or more), yet few enough to fit into memory.
  total: MAX_PEERS + HANDSHAKES,
};

/** Where an attempt comes from. */
export interface AttemptSource {
  /** The source in the format of `IncomingPeer.from`. */
  from: string;
  isRelayed: boolean;
}

/** An admitted connection. */
export interface AdmittedConnection {
  /** Call this when the handshake has succeeded or failed. */
  endHandshake: () => void;
  /** Call this when the connection has ended. It also calls `endHandshake`. */
  release: () => void;
}

/**
 * Decides whether to admit an inbound connection, based on the number of recent attempts from its address and the
 * numbers of open connections and handshakes.
 */
export class Admission {
  readonly #maxOpen: number;
  readonly #attempts: AttemptLimiter;
  readonly #relayedAttempts: AttemptLimiter;
  readonly #handshakes: ConcurrencyLimiter;
  #open = 0;

  /** @param nowMs a monotonic clock in milliseconds; tests pass their own */
  constructor(limits: AdmissionLimits = ADMISSION_LIMITS, nowMs: () => number = () => performance.now()) {
    this.#maxOpen = limits.total;
    this.#attempts = new AttemptLimiter(limits.perMinute, nowMs);
    this.#relayedAttempts = new AttemptLimiter(limits.relayedPerMinute, nowMs);
    this.#handshakes = new ConcurrencyLimiter(
      limits.handshakes,
      limits.handshakesPerAddress,
      Math.max(limits.handshakesPerAddress, Math.floor(limits.handshakes / 2)),
    );
  }

  /** Admits a connection. Returns undefined if the connection must be refused. */
  admit({ from, isRelayed }: AttemptSource): AdmittedConnection | undefined {
    if (!this.#attempts.allows(from)) return undefined;
    if (isRelayed && !this.#relayedAttempts.allows(RELAYED_PEERS)) return undefined;
    if (this.#open >= this.#maxOpen) return undefined;
    const endHandshake = this.#handshakes.acquire(isRelayed ? RELAYED_PEERS : from);
    if (typeof endHandshake === 'string') return undefined;
    this.#open += 1;
    const release = once(() => {
      endHandshake();
      this.#open -= 1;
    });
    return { endHandshake, release };
  }
}
