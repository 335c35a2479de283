import { randomBytes } from 'node:crypto';
import type { BundleConnection } from './bundle-connection.ts';
import type { SendingSample } from './connection-count.ts';
import type { ConnectionDialer } from './connection-dialer.ts';
import { BundleViolation, SECRET_BYTES } from './protocol.ts';
import type { ControlMessage } from './record-format.ts';

/** Decides how many connections a side sends on. `ConnectionCount` is the product's policy. */
export interface CountPolicy {
  /** Adds a sample. Returns the number of connections, from 1 to `MAX_CONNECTIONS`. */
  add(sample: SendingSample): number;
}

/** Options for a `ConnectionNegotiation`. */
export interface ConnectionNegotiationOptions {
  policy: CountPolicy;
  /** Opens connections; undefined on the side that accepted the session. */
  dialer: ConnectionDialer | undefined;
  send: (message: ControlMessage) => void;
  /** Called when the number of connections to send on has changed. */
  onChange: () => void;
}

/**
 * Agrees with the peer on additional connections. Each side decides how many connections it needs for sending, and the
 * side that dialed the session opens as many as the more demanding side needs.
 */
export class ConnectionNegotiation {
  readonly #options: ConnectionNegotiationOptions;
  #wanted = 1;
  #secret: Uint8Array | undefined;

  constructor(options: ConnectionNegotiationOptions) {
    this.#options = options;
  }

  /** How many connections this side needs for sending, including the first. */
  get wanted(): number {
    return this.#wanted;
  }

  /** The secret that additional connections must present. Undefined until it was sent, and on the side that dialed. */
  get secret(): Uint8Array | undefined {
    return this.#secret;
  }

  /** Samples the connections that this side sends on, and decides how many are needed. */
  sample(senders: readonly BundleConnection[]): void {
    const samples = senders.map((sender) => sender.sample());
    const rttMs = Math.min(...samples.map((sample) => sample.rttMs ?? Number.POSITIVE_INFINITY));
    // No network path is selected at the moment.
    if (rttMs === Number.POSITIVE_INFINITY) return;
    const wanted = this.#options.policy.add({
      atMs: performance.now(),
      sentPackets: samples.reduce((sum, { sentPackets }) => sum + sentPackets, 0),
      lostPackets: samples.reduce((sum, { lostPackets }) => sum + lostPackets, 0),
      rttMs,
    });
    if (wanted !== this.#wanted) this.#want(wanted);
  }

  /** Handles the peer's message that it needs this many connections. */
  onPeerWants(connections: number): void {
    if (this.#options.dialer) this.#options.dialer.setPeerWants(connections);
    else this.#shareSecret();
  }

  /** Handles the peer's secret. @throws BundleViolation on the side that accepted the session */
  onSecret(secret: Uint8Array): void {
    if (!this.#options.dialer) throw new BundleViolation('a secret from the side that dialed');
    this.#options.dialer.setSecret(secret);
  }

  #want(connections: number): void {
    const { dialer, send, onChange } = this.#options;
    this.#wanted = connections;
    if (dialer) {
      dialer.setOwnWants(connections);
      // The answer is the secret.
      if (!dialer.hasSecret) send({ kind: 'want', connections });
    } else {
      this.#shareSecret();
      send({ kind: 'want', connections });
    }
    onChange();
  }

  /** Creates and sends the secret, once. */
  #shareSecret(): void {
    if (this.#secret) return;
    this.#secret = randomBytes(SECRET_BYTES);
    this.#options.send({ kind: 'secret', secret: this.#secret });
  }
}
