import { once } from '../../common/base/once.ts';
import { AttemptLimiter } from '../base/attempt-limiter.ts';
import { TokenBucket } from '../base/token-bucket.ts';
import { type AttemptSource, type HandshakeLimits, HandshakeSlots } from './handshake-slots.ts';

/** Limits for inbound connections, enforced before the handshake performs any cryptography. */
export interface AdmissionLimits {
  /** Maximum number of attempts per minute from one address, or from one endpoint id behind an iroh relay. */
  perMinute: number;
  /** Maximum number of attempts per minute from all non-contacts behind iroh relays together. */
  relayedPerMinute: number;
  handshakes: HandshakeLimits;
  /** Maximum number of simultaneous connections and handshakes. Contacts behind iroh relays are exempt. */
  total: number;
}

/** Maximum number of remote peers that can be connected to the application at the same time. */
export const MAX_PEERS = 256;

const HANDSHAKES: HandshakeLimits = {
  // A handshake takes two round trips, so this allows dozens of new connections per second even over a slow path.
  direct: 64,
  perAddress: 16,
  relayed: 32,
  // A peer tries one protocol version after another, and a few of its old attempts may not have timed out
  // yet.
  perRelayedPeer: 4,
  contacts: 16,
};

/**
 * Returns the limits for an endpoint with at most `connections` connections. A peer's identity is known only
 * after its handshake, so handshakes must remain possible even if strangers use up their connections.
 * Contacts have reserved slots, and a relay gives the slots of idle sessions to new clients.
 */
export function admissionLimits(connections: number): AdmissionLimits {
  return {
    // Enough for a dozen viewers behind one home router, each of which tries three protocol versions and retries every
    // few seconds.
    perMinute: 240,
    relayedPerMinute: 960,
    handshakes: HANDSHAKES,
    total: connections + HANDSHAKES.direct + HANDSHAKES.relayed,
  };
}

/**
 * Default limits for the application's endpoint. 256 peers are more than a home's uplink can serve (at least
 * a megabit per second each), and still fit into memory.
 */
export const ADMISSION_LIMITS = admissionLimits(MAX_PEERS);

/** An admitted connection. */
export interface AdmittedConnection {
  /** Aborted if the handshake must end because another one needs its slot. */
  signal: AbortSignal;
  /** Call this when the handshake has succeeded or failed. */
  endHandshake: () => void;
  /** Call this when the connection has ended. It also calls `endHandshake`. */
  release: () => void;
}

/**
 * Decides whether to admit an inbound connection, based on recent attempts from its source and on the number
 * of open connections and handshakes. Peers behind iroh relays share limits, because anyone can create
 * endpoint ids. A contact is exempt from the shared limits if this endpoint's own iroh relay has verified its
 * id.
 */
export class Admission {
  readonly #maxOpen: number;
  readonly #attempts: AttemptLimiter;
  /** Refills continuously, so that a burst shuts out other peers for only a moment, not for a whole minute. */
  readonly #relayedAttempts: TokenBucket;
  readonly #handshakes: HandshakeSlots;
  #open = 0;

  /** @param nowMs a monotonic clock in milliseconds; tests pass their own */
  constructor(limits: AdmissionLimits = ADMISSION_LIMITS, nowMs: () => number = () => performance.now()) {
    const { total, perMinute, relayedPerMinute, handshakes } = limits;
    this.#maxOpen = total;
    this.#attempts = new AttemptLimiter(perMinute, nowMs);
    this.#relayedAttempts = new TokenBucket(relayedPerMinute, relayedPerMinute / 60, nowMs);
    this.#handshakes = new HandshakeSlots(handshakes, nowMs);
  }

  /** Admits a connection. Returns undefined if the connection must be refused. */
  admit(source: AttemptSource): AdmittedConnection | undefined {
    const { from, isRelayed, isContact } = source;
    if (!this.#attempts.allows(from)) return undefined;
    if (this.#open >= this.#maxOpen && !isContact) return undefined;
    const handshake = this.#handshakes.begin(source);
    if (!handshake) return undefined;
    // Only admitted attempts are counted. Otherwise, refused attempts would use up the limit that all peers share.
    if (isRelayed && !isContact && !this.#relayedAttempts.tryTake()) {
      handshake.end();
      return undefined;
    }
    this.#open += 1;
    const release = once(() => {
      handshake.end();
      this.#open -= 1;
    });
    return { signal: handshake.signal, endHandshake: handshake.end, release };
  }
}
