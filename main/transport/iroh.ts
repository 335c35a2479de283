import type { BiStream, Connection, ConnectionStats, PathSnapshot, SendStream } from '@number0/iroh';
import { type CloseReason, parseCloseReason } from './close-reason.ts';
import { IrohDatagrams } from './iroh-datagrams.ts';
import { IrohSendStream, irohReceiveStream } from './iroh-streams.ts';
import type { MediaTransport, SendStreamOptions, TransportStats } from './media-transport.ts';
import type { NativeSendStream } from './native-streams.ts';
import { ReadBudget } from './read-budget.ts';
import { streamPriority } from './send-order.ts';
import { incomingStreams, openWithTimeout } from './stream-opening.ts';
import { irohMessage, mapIrohError, SessionError } from './transport-error.ts';

/**
 * Maximum number of streams that a peer may have open, including those not accepted yet. The limits are low,
 * because iroh buffers up to 1.25 MB of each unread stream and has no limit for all streams together. Each
 * group is a stream: at 50 audio groups per second, 256 streams cover a stall of five seconds.
 */
export const MAX_UNI_STREAMS = 256;
const MAX_BI_STREAMS = 256;
/** Maximum length of a close reason in bytes. It must fit into one packet. */
const MAX_REASON_BYTES = 500;

/**
 * An iroh connection as a WebTransport session. Its ALPN is the protocol, and its streams are plain QUIC
 * streams.
 */
export class IrohTransport implements MediaTransport {
  readonly protocol: string;
  /** The peer's endpoint id as 64 hex digits, authenticated by the handshake. */
  readonly remoteId: string;
  readonly ready = Promise.resolve();
  readonly closed: Promise<WebTransportCloseInfo>;
  readonly datagrams: IrohDatagrams;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  readonly incomingBidirectionalStreams: ReadableStream<WebTransportBidirectionalStream>;
  readonly #connection: Connection;
  /**
   * The iroh endpoint. The reference keeps it alive, because iroh closes all connections of an endpoint that is
   * garbage-collected.
   */
  readonly owner: object;
  readonly #sending = new Set<NativeSendStream>();
  readonly #readBudget = new ReadBudget();
  #ownClose: { code: number; reason: string } | undefined;
  #closeReason: CloseReason | undefined;

  /**
   * Takes ownership of the connection. `owner` is its iroh endpoint, which must live as long as the
   * connection.
   */
  constructor(connection: Connection, owner: object) {
    this.#connection = connection;
    this.owner = owner;
    this.protocol = Buffer.from(connection.alpn()).toString();
    this.remoteId = connection.remoteId().toString();
    connection.setMaxConcurrentUniStreams(BigInt(MAX_UNI_STREAMS));
    connection.setMaxConcurrentBiStreams(BigInt(MAX_BI_STREAMS));
    this.datagrams = new IrohDatagrams(connection);
    this.incomingUnidirectionalStreams = incomingStreams(async () =>
      irohReceiveStream(await connection.acceptUni(), this.#readBudget),
    );
    this.incomingBidirectionalStreams = incomingStreams(async () =>
      this.#pair(await connection.acceptBi(), undefined),
    );
    this.closed = this.#waitUntilClosed();
  }

  /** Closes the connection. `closeCode` defaults to 0 and `reason` to an empty string. Idempotent. */
  close(info: WebTransportCloseInfo = {}): void {
    if (this.#ownClose || this.#closeReason) return;
    const code = (info.closeCode ?? 0) >>> 0;
    const reason = info.reason ?? '';
    this.#ownClose = { code, reason };
    this.#connection.close(BigInt(code), Array.from(Buffer.from(reason).subarray(0, MAX_REASON_BYTES)));
  }

  /** Returns why the connection ended, or undefined while it is open. */
  closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  /**
   * Returns the connection's current network paths with their statistics; one of them is selected and carries
   * the data.
   */
  paths(): readonly PathSnapshot[] {
    return this.#connection.paths();
  }

  /** Returns counters for all network paths that the connection has used since it began. */
  totals(): ConnectionStats {
    return this.#connection.stats();
  }

  /** @throws StreamError or SessionError, also on a timeout. A stream that opens after the timeout is reset. */
  async createUnidirectionalStream(options: SendStreamOptions = {}): Promise<IrohSendStream> {
    const stream = await openWithTimeout(this.#connection.openUni(), options, mapIrohError, (late) =>
      late.reset(0n),
    );
    return this.#withPriority(stream, options.sendOrder);
  }

  /** @throws StreamError or SessionError, also on a timeout. A stream that opens after the timeout is reset. */
  async createBidirectionalStream(options: SendStreamOptions = {}): Promise<WebTransportBidirectionalStream> {
    const stream = await openWithTimeout(this.#connection.openBi(), options, mapIrohError, async (late) => {
      await Promise.all([late.send.reset(0n), late.recv.stop(0n)]);
    });
    const { send } = stream;
    return {
      readable: irohReceiveStream(stream.recv, this.#readBudget, Infinity),
      writable: await this.#withPriority(send, options.sendOrder),
    };
  }

  /**
   * Reports the counters of the whole connection, but the send rate and round-trip time of the selected
   * network path.
   */
  async getStats(): Promise<TransportStats> {
    const total = this.totals();
    const path = this.paths().find((candidate) => candidate.isSelected);
    // iroh reports whole milliseconds, so the value is 0 on loopback.
    const rttMs = Math.max(path?.rttMs ?? this.#connection.rtt() ?? 0, 1);
    return {
      smoothedRtt: rttMs,
      // The rate is rounded, because moq-net encodes it as a varint.
      estimatedSendRate: path ? Math.round((path.stats.cwnd * 8 * 1000) / rttMs) : null,
      bytesSent: total.udpTxBytes,
      bytesReceived: total.udpRxBytes,
      bytesLost: total.lostBytes,
      packetsSent: total.udpTxDatagrams,
      packetsReceived: total.udpRxDatagrams,
      packetsLost: total.lostPackets,
    };
  }

  async #waitUntilClosed(): Promise<WebTransportCloseInfo> {
    let text: string | null;
    try {
      text = await this.#connection.closed();
    } catch (error) {
      text = irohMessage(error);
    }
    const closeReason = parseCloseReason(text, this.#ownClose);
    this.#closeReason = closeReason;
    const error = new SessionError(`the connection ended: ${closeReason.reason || closeReason.by}`);
    for (const stream of this.#sending) stream.fail(error);
    this.#sending.clear();
    return { closeCode: closeReason.code, reason: closeReason.reason };
  }

  #pair(stream: BiStream, sendOrder: number | undefined): WebTransportBidirectionalStream {
    // Bidirectional streams have no size limit, because announcements use one stream for the whole session.
    return {
      readable: irohReceiveStream(stream.recv, this.#readBudget, Infinity),
      writable: this.#track(stream.send, sendOrder),
    };
  }

  async #withPriority(stream: SendStream, sendOrder: number | undefined): Promise<IrohSendStream> {
    const priority = streamPriority(sendOrder);
    try {
      if (priority !== 0) await stream.setPriority(priority);
    } catch (error) {
      throw mapIrohError(error);
    }
    return this.#track(stream, sendOrder);
  }

  #track(stream: SendStream, sendOrder: number | undefined): IrohSendStream {
    const wrapped = new IrohSendStream(stream, sendOrder, (ended) => this.#sending.delete(ended));
    if (this.#closeReason) wrapped.fail(new SessionError('the connection ended'));
    else this.#sending.add(wrapped);
    return wrapped;
  }
}
