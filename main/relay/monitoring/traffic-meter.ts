import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import type { MediaTransport } from '../../transport/media-transport.ts';

/** Bytes sent and received. */
export interface Bytes {
  sent: number;
  received: number;
}

/** The part of a transport that a `TrafficMeter` reads. */
type MeteredTransport = Pick<MediaTransport, 'closed'> & {
  getStats?: () => Promise<{ bytesSent?: number; bytesReceived?: number }>;
};

const NOTHING: Bytes = { sent: 0, received: 0 };

/** Counts the bytes of connections that the relay dials. The totals never decrease. */
export class TrafficMeter {
  /** The bytes of each open connection at the last reading. */
  readonly #open = new Map<MeteredTransport, Bytes>();
  /** Bytes of connections that have ended. */
  #past: Bytes = NOTHING;

  /** Counts a connection from its beginning to its end. Returns the connection. */
  add<T extends MeteredTransport>(transport: T): T {
    this.#open.set(transport, NOTHING);
    const ended = () =>
      this.#read(transport).then(() => {
        this.#past = sum(this.#past, this.#open.get(transport) ?? NOTHING);
        this.#open.delete(transport);
      });
    void transport.closed.then(ended, ended);
    return transport;
  }

  /** Returns the bytes of all connections so far. Never rejects. */
  async totals(): Promise<Bytes> {
    await Promise.all([...this.#open.keys()].map((transport) => this.#read(transport)));
    return [...this.#open.values()].reduce(sum, this.#past);
  }

  /** Reads the counters of a connection; keeps the last reading if that fails. Never rejects. */
  async #read(transport: MeteredTransport): Promise<void> {
    try {
      const { bytesSent = 0, bytesReceived = 0 } = (await transport.getStats?.()) ?? {};
      const last = this.#open.get(transport);
      if (!last) return;
      this.#open.set(transport, {
        sent: Math.max(last.sent, bytesSent),
        received: Math.max(last.received, bytesReceived),
      });
    } catch (error) {
      log.debug(`byte counters: ${messageOf(error)}`);
    }
  }
}

function sum(one: Bytes, other: Bytes): Bytes {
  return { sent: one.sent + other.sent, received: one.received + other.received };
}
