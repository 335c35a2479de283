import type { Connection } from '@number0/iroh';
import { mapIrohError } from './transport-error.ts';

/**
 * An iroh connection's QUIC datagrams. They are unreliable, and are dropped if they exceed the maximum size
 * or do not fit into the send buffer.
 */
export class IrohDatagrams implements WebTransportDatagramDuplexStream {
  // Required by `WebTransportDatagramDuplexStream`, but without effect: iroh has its own queues, which are
  // limited in bytes and drop the oldest datagram.
  incomingHighWaterMark = 1;
  incomingMaxAge: number | null = null;
  outgoingHighWaterMark = 1;
  outgoingMaxAge: number | null = null;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.readable = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          let datagram: number[];
          try {
            datagram = await connection.readDatagram();
          } catch {
            // The connection has ended; its `closed` promise reports the reason.
            controller.close();
            return;
          }
          controller.enqueue(Uint8Array.from(datagram));
        },
      },
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream<Uint8Array>({
      write: (datagram) => {
        if (datagram.byteLength > this.maxDatagramSize) return;
        try {
          connection.sendDatagram(Array.from(datagram));
        } catch (error) {
          throw mapIrohError(error);
        }
      },
    });
  }

  /** Maximum size of a datagram in bytes on the current network path; 0 if the peer accepts no datagrams. */
  get maxDatagramSize(): number {
    return this.#connection.maxDatagramSize() ?? 0;
  }
}
