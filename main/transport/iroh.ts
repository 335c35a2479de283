import type { BiStream, Connection, ConnectionStats, PathSnapshot, SendStream } from '@number0/iroh';
import { type CloseReason, parseCloseReason } from './close-reason.ts';
import { IrohDatagrams } from './iroh-datagrams.ts';
import { IrohSendStream, irohReceiveStream } from './iroh-streams.ts';
import type { LinkStats, MediaTransport, SendStreamOptions } from './media-transport.ts';
import type { NativeSendStream } from './native-streams.ts';
import { accepted, within } from './opening.ts';
import { streamPriority } from './send-order.ts';
import { fromIroh, irohMessage, SessionError } from './transport-error.ts';

/**
 * Streams that the peer may have open at once, which also bounds those it opened and nobody accepted. iroh keeps up to
 * 1.25 MB of each that nobody reads, and no bound over all of them can be set once the handshake is over: so these
 * are as low as good viewing allows. A group is a stream: at 50 groups of sound a second, 256 are five seconds of a
 * link that stands still. Subscriptions, announcements and probes are the bidirectional ones.
 */
export const MAX_UNI_STREAMS = 256;
export const MAX_BI_STREAMS = 256;
/** Longest reason sent with a close, in bytes: it has to fit one packet. */
const MAX_REASON_BYTES = 500;

/** An iroh connection as a WebTransport session. The ALPN is the protocol; streams are plain QUIC streams. */
export class IrohTransport implements MediaTransport {
  readonly protocol: string;
  /** The peer's id in 64 hex digits, proven by the handshake. */
  readonly remoteId: string;
  readonly ready = Promise.resolve();
  readonly closed: Promise<WebTransportCloseInfo>;
  readonly datagrams: IrohDatagrams;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  readonly incomingBidirectionalStreams: ReadableStream<WebTransportBidirectionalStream>;
  readonly #connection: Connection;
  /** Held for its life alone: when an endpoint is garbage collected, all its connections close. */
  readonly owner: object;
  readonly #sending = new Set<NativeSendStream>();
  #ownClose: { code: number; reason: string } | undefined;
  #closeReason: CloseReason | undefined;

  /** Takes over the connection. `owner` is what must live as long as it does: iroh's endpoint. */
  constructor(connection: Connection, owner: object) {
    this.#connection = connection;
    this.owner = owner;
    this.protocol = Buffer.from(connection.alpn()).toString();
    this.remoteId = connection.remoteId().toString();
    connection.setMaxConcurrentUniStreams(BigInt(MAX_UNI_STREAMS));
    connection.setMaxConcurrentBiStreams(BigInt(MAX_BI_STREAMS));
    this.datagrams = new IrohDatagrams(connection);
    this.incomingUnidirectionalStreams = accepted(async () =>
      irohReceiveStream(await connection.acceptUni()),
    );
    this.incomingBidirectionalStreams = accepted(async () =>
      this.#pair(await connection.acceptBi(), undefined),
    );
    this.closed = this.#watch();
  }

  /** Idempotent. `closeCode` is 0 and `reason` empty unless given. */
  close(info: WebTransportCloseInfo = {}): void {
    if (this.#ownClose || this.#closeReason) return;
    const code = (info.closeCode ?? 0) >>> 0;
    const reason = info.reason ?? '';
    this.#ownClose = { code, reason };
    this.#connection.close(BigInt(code), Array.from(Buffer.from(reason).subarray(0, MAX_REASON_BYTES)));
  }

  /** Why it ended, or undefined while it lasts. */
  closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  /** Every network path that the connection has now, with its numbers; one of them carries the data. */
  paths(): readonly PathSnapshot[] {
    return this.#connection.paths();
  }

  /** Counters of the whole connection since it began, over all paths that it ever had. */
  totals(): ConnectionStats {
    return this.#connection.stats();
  }

  /** @throws StreamError or SessionError; a stream that opens too late is reset. */
  async createUnidirectionalStream(options: SendStreamOptions = {}): Promise<IrohSendStream> {
    const stream = await within(this.#connection.openUni(), options, fromIroh, (late) => late.reset(0n));
    return this.#ranked(stream, options.sendOrder);
  }

  /** @throws StreamError or SessionError; a stream that opens too late is reset. */
  async createBidirectionalStream(options: SendStreamOptions = {}): Promise<WebTransportBidirectionalStream> {
    const stream = await within(this.#connection.openBi(), options, fromIroh, async (late) => {
      await Promise.all([late.send.reset(0n), late.recv.stop(0n)]);
    });
    const { send } = stream;
    return {
      readable: irohReceiveStream(stream.recv, Infinity),
      writable: await this.#ranked(send, options.sendOrder),
    };
  }

  /** Of the whole connection since it began; rate and round-trip time of the path that carries the data. */
  async getStats(): Promise<LinkStats> {
    const total = this.#connection.stats();
    const path = this.#connection.paths().find((candidate) => candidate.isSelected);
    // iroh gives whole milliseconds, 0 on loopback.
    const rttMs = Math.max(path?.rttMs ?? this.#connection.rtt() ?? 0, 1);
    return {
      smoothedRtt: rttMs,
      // Whole bits: moq-net writes it as a varint.
      estimatedSendRate: path ? Math.round((path.stats.cwnd * 8 * 1000) / rttMs) : null,
      bytesSent: total.udpTxBytes,
      bytesReceived: total.udpRxBytes,
      bytesLost: total.lostBytes,
      packetsSent: total.udpTxDatagrams,
      packetsReceived: total.udpRxDatagrams,
      packetsLost: total.lostPackets,
    };
  }

  async #watch(): Promise<WebTransportCloseInfo> {
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
    // Requests and answers, not media, but an announcement stream lasts as long as the session: no limit by size.
    return {
      readable: irohReceiveStream(stream.recv, Infinity),
      writable: this.#track(stream.send, sendOrder),
    };
  }

  async #ranked(stream: SendStream, sendOrder: number | undefined): Promise<IrohSendStream> {
    const priority = streamPriority(sendOrder);
    try {
      if (priority !== 0) await stream.setPriority(priority);
    } catch (error) {
      throw fromIroh(error);
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
