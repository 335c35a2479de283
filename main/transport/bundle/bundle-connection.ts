import type { Connection, ConnectionStats } from '@number0/iroh';
import { messageOf } from '../../../common/base/errors.ts';
import { concatBytes } from '../../../common/moq/bytes.ts';
import { log } from '../../base/log.ts';
import { irohReceive, irohSend } from '../iroh-streams.ts';
import type { NativeReceive } from '../native-streams.ts';
import { BundleViolation, MAX_RECORD_BYTES } from './protocol.ts';
import { decodeHeader, type Header } from './record-format.ts';
import type { RecordCarrier, SentRecord } from './record-scheduler.ts';

/** Statistics of one connection since the previous sample. */
export interface ConnectionSample {
  sentPackets: number;
  lostPackets: number;
  /** Round-trip time of the selected network path, in ms; undefined if no path is selected. */
  rttMs: number | undefined;
}

/**
 * How many bytes of records a connection carries at a time, as a multiple of its congestion window. The window itself
 * is in flight; the rest waits in iroh until acknowledgements arrive.
 */
const WINDOW_FACTOR = 1.5;
/** QUIC's initial congestion window, in bytes. A smaller window would hold only one video frame. */
const MIN_WINDOW_BYTES = 14_720;
/** Size of the first read of a stream in bytes. It contains the header and all of a small record. */
const FIRST_READ_BYTES = 2 * 1024;

/** One iroh connection of a bundle. */
export class BundleConnection implements RecordCarrier {
  readonly connection: Connection;
  #windowBytes = MIN_WINDOW_BYTES;
  #sampled = { udpTxDatagrams: 0, lostPackets: 0 };

  constructor(connection: Connection) {
    this.connection = connection;
    const { udpTxDatagrams, lostPackets } = connection.stats();
    this.#sampled = { udpTxDatagrams, lostPackets };
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** The congestion window of the selected network path in the last sample, in bytes. */
  get cwndBytes(): number {
    return this.#windowBytes / WINDOW_FACTOR;
  }

  get totals(): ConnectionStats {
    return this.connection.stats();
  }

  /** Samples the connection's statistics and adapts the window. */
  sample(): ConnectionSample {
    const { udpTxDatagrams, lostPackets } = this.connection.stats();
    const path = this.connection.paths().find(({ isSelected }) => isSelected);
    if (path) this.#windowBytes = Math.max(WINDOW_FACTOR * path.stats.cwnd, MIN_WINDOW_BYTES);
    const before = this.#sampled;
    this.#sampled = { udpTxDatagrams, lostPackets };
    return {
      sentPackets: udpTxDatagrams - before.udpTxDatagrams,
      // The counter decreases if a packet that was declared lost turns out to have arrived.
      lostPackets: Math.max(0, lostPackets - before.lostPackets),
      rttMs: path?.rttMs,
    };
  }

  async send(record: Uint8Array, priority: number): Promise<SentRecord> {
    const stream = irohSend(await this.connection.openUni());
    if (priority !== 0) await stream.setPriority(priority);
    await stream.write(record);
    await stream.finish();
    // The reset fails if the record has arrived or the connection has ended.
    return { reset: () => void stream.reset(0n).catch(() => undefined) };
  }
}

/** The receiving half of a unidirectional QUIC stream, after its header. */
export interface ReceivedStream {
  header: Header;
  /** The bytes after the header that have been read. */
  first: Uint8Array;
  stream: NativeReceive;
}

/**
 * Accepts a connection's unidirectional streams until it ends, and reads their headers concurrently. Never rejects.
 *
 * @param onStream may throw a `BundleViolation`
 * @param onViolation receives violations of the protocol
 */
export async function acceptStreams(
  connection: Connection,
  onStream: (received: ReceivedStream) => void | Promise<void>,
  onViolation: (violation: BundleViolation) => void,
): Promise<void> {
  for (;;) {
    let stream: NativeReceive;
    try {
      stream = irohReceive(await connection.acceptUni());
    } catch {
      // The connection has ended; its `closed` promise reports the reason.
      return;
    }
    receive(stream, onStream).catch((error: unknown) => {
      if (error instanceof BundleViolation) onViolation(error);
      // The stream was reset before its header arrived, or the connection has ended.
      else log.debug(`bundle: a stream failed: ${messageOf(error).split('\n')[0]}`);
    });
  }
}

async function receive(
  stream: NativeReceive,
  onStream: (received: ReceivedStream) => void | Promise<void>,
): Promise<void> {
  let bytes: Uint8Array = new Uint8Array();
  for (;;) {
    const chunk = await stream.read(FIRST_READ_BYTES);
    if (!chunk) throw new BundleViolation('a stream without a header');
    bytes = concatBytes(bytes, chunk);
    const decoded = decodeHeader(bytes);
    if (decoded) return await onStream({ header: decoded.header, first: decoded.rest, stream });
  }
}

/**
 * Reads the rest of a record.
 *
 * @throws BundleViolation if it is too long
 * @throws Error if it was reset or the connection has ended
 */
export async function readRecord(
  { first, stream }: ReceivedStream,
  onRecord: (bytes: Uint8Array) => void,
): Promise<void> {
  const parts = [first];
  let length = first.byteLength;
  for (;;) {
    if (length > MAX_RECORD_BYTES) throw new BundleViolation('a record is too long');
    const chunk = await stream.read(MAX_RECORD_BYTES + 1 - length);
    if (!chunk) break;
    parts.push(chunk);
    length += chunk.byteLength;
  }
  onRecord(concatBytes(...parts));
}
