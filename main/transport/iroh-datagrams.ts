import type { Connection } from '@number0/iroh';
import { fromIroh } from './transport-error.ts';

/** QUIC datagrams. Unreliable: what is too large, or does not fit the send buffer, is dropped. */
export class IrohDatagrams implements WebTransportDatagramDuplexStream {
  // Attributes that the interface has. iroh keeps queues of its own, bounded by bytes, and drops the oldest.
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
            // The connection ended; its `closed` says why.
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
          throw fromIroh(error);
        }
      },
    });
  }

  /** Bytes that one datagram can carry on the path there is now; 0 when the peer takes none. */
  get maxDatagramSize(): number {
    return this.#connection.maxDatagramSize() ?? 0;
  }
}
