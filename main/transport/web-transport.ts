import { messageOf } from '../../common/base/errors.ts';
import type { MediaTransport, SendStreamOptions } from './media-transport.ts';
import { NativeSendStream, nativeReceiveStream } from './native-streams.ts';
import { ReadBudget } from './read-budget.ts';
import { streamPriority } from './send-order.ts';
import { incomingStreams, openWithTimeout } from './stream-opening.ts';
import { SessionError, StreamError } from './transport-error.ts';
import type { AddonPair, AddonReceive, AddonSend, AddonSession } from './web-transport-addon.ts';

/** Maximum length of a close reason in the WebTransport protocol, in bytes. */
const MAX_REASON_BYTES = 1024;

/**
 * Adapts the addon's WebTransport session, on the server or client side, to the transport that moq-net
 * expects.
 */
export class AddonTransport implements MediaTransport {
  /**
   * The subprotocol. It is empty on the server side, because the addon cannot select one there; SETUP
   * messages negotiate the version instead.
   */
  readonly protocol: string;
  readonly ready = Promise.resolve();
  readonly closed: Promise<WebTransportCloseInfo>;
  readonly datagrams: WebTransportDatagramDuplexStream;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  readonly incomingBidirectionalStreams: ReadableStream<WebTransportBidirectionalStream>;
  readonly #session: AddonSession;
  readonly #sending = new Set<NativeSendStream>();
  readonly #readBudget = new ReadBudget();
  readonly #bytes = { sent: 0, received: 0 };
  #closing = false;
  #ended = false;

  /** Takes ownership of the session. */
  constructor(session: AddonSession) {
    this.#session = session;
    this.protocol = session.protocol ?? '';
    this.datagrams = datagramsOf(session);
    this.incomingUnidirectionalStreams = incomingStreams(async () =>
      this.#receive(await session.acceptUni()),
    );
    this.incomingBidirectionalStreams = incomingStreams(async () =>
      this.#pair(await session.acceptBi(), undefined),
    );
    this.closed = this.#waitUntilClosed();
  }

  /** Reports the bytes of stream payload since the session began. The addon has no packet counters. */
  get bytes(): { readonly sent: number; readonly received: number } {
    return this.#bytes;
  }

  /** Closes the session. `closeCode` defaults to 0 and `reason` to an empty string. Idempotent. */
  close(info: WebTransportCloseInfo = {}): void {
    if (this.#closing || this.#ended) return;
    this.#closing = true;
    const reason = Buffer.from(info.reason ?? '').subarray(0, MAX_REASON_BYTES);
    this.#session.close((info.closeCode ?? 0) >>> 0, reason.toString());
  }

  /** @throws StreamError or SessionError, also on a timeout. A stream that opens after the timeout is reset. */
  async createUnidirectionalStream(options: SendStreamOptions = {}): Promise<NativeSendStream> {
    const stream = await openWithTimeout(this.#session.openUni(), options, mapAddonError, (late) =>
      late.reset(0),
    );
    return this.#withPriority(stream, options.sendOrder);
  }

  /** @throws StreamError or SessionError, also on a timeout. A stream that opens after the timeout is reset. */
  async createBidirectionalStream(options: SendStreamOptions = {}): Promise<WebTransportBidirectionalStream> {
    const stream = await openWithTimeout(this.#session.openBi(), options, mapAddonError, (late) =>
      Promise.all([late.takeSend().reset(0), late.takeRecv().stop(0)]),
    );
    const readable = this.#receive(stream.takeRecv(), Infinity);
    return { readable, writable: await this.#withPriority(stream.takeSend(), options.sendOrder) };
  }

  async #waitUntilClosed(): Promise<WebTransportCloseInfo> {
    let info: WebTransportCloseInfo;
    try {
      info = await this.#session.closed();
    } catch (error) {
      info = { closeCode: 0, reason: messageOf(error) };
    }
    this.#ended = true;
    const error = new SessionError(`the session ended: ${info.reason}`);
    for (const stream of this.#sending) stream.fail(error);
    this.#sending.clear();
    return info;
  }

  #pair(pair: AddonPair, sendOrder: number | undefined): WebTransportBidirectionalStream {
    // Bidirectional streams have no size limit, because announcements use one stream for the whole session.
    return {
      readable: this.#receive(pair.takeRecv(), Infinity),
      writable: this.#track(pair.takeSend(), sendOrder),
    };
  }

  #receive(stream: AddonReceive, maxBytes?: number): ReadableStream<Uint8Array> {
    const native = {
      read: async (most: number) => {
        const chunk = await stream.read(most);
        if (chunk === null) return undefined;
        this.#bytes.received += chunk.byteLength;
        return chunk;
      },
      stop: (code: bigint) => stream.stop(Number(code)),
    };
    return nativeReceiveStream(native, mapAddonError, this.#readBudget, maxBytes);
  }

  async #withPriority(stream: AddonSend, sendOrder: number | undefined): Promise<NativeSendStream> {
    const priority = streamPriority(sendOrder);
    try {
      if (priority !== 0) await stream.setPriority(priority);
    } catch (error) {
      throw mapAddonError(error);
    }
    return this.#track(stream, sendOrder);
  }

  #track(stream: AddonSend, sendOrder: number | undefined): NativeSendStream {
    const native = {
      write: async (chunk: Uint8Array) => {
        await stream.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
        this.#bytes.sent += chunk.byteLength;
      },
      finish: () => stream.finish(),
      reset: (code: bigint) => stream.reset(Number(code)),
      setPriority: (priority: number) => stream.setPriority(priority),
    };
    const wrapped = new NativeSendStream(native, mapAddonError, sendOrder, (ended) =>
      this.#sending.delete(ended),
    );
    if (this.#ended) wrapped.fail(new SessionError('the session ended'));
    else this.#sending.add(wrapped);
    return wrapped;
  }
}

/**
 * Converts the addon's stream errors, which are plain strings. The strings for a reset and a stop contain the
 * peer's code. Any other string means that the session has ended.
 */
function mapAddonError(error: unknown): StreamError | SessionError {
  const text = messageOf(error);
  const parts = /(RESET_STREAM|STOP_SENDING): (\d+)/.exec(text);
  if (!parts) return new SessionError(text, { cause: error });
  const code = Number(BigInt.asUintN(32, BigInt(parts[2] ?? 0)));
  const what =
    parts[1] === 'RESET_STREAM' ? 'the peer reset the stream' : 'the peer stopped reading the stream';
  return new StreamError(code, `${what}: ${code}`, { cause: error });
}

/**
 * Adapts the session's datagrams to the W3C interface. They are unreliable, and are dropped if they exceed the
 * maximum size or do not fit into the send buffer.
 */
function datagramsOf(session: AddonSession): WebTransportDatagramDuplexStream {
  const readable = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          controller.enqueue(await session.recvDatagram());
        } catch {
          // The session has ended; its `closed` promise reports the reason.
          controller.close();
        }
      },
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<Uint8Array>({
    write: (datagram) => {
      if (datagram.byteLength > session.maxDatagramSize()) return;
      session.sendDatagram(Buffer.from(datagram));
    },
  });
  return {
    readable,
    writable,
    incomingHighWaterMark: 1,
    incomingMaxAge: null,
    outgoingHighWaterMark: 1,
    outgoingMaxAge: null,
    get maxDatagramSize() {
      return session.maxDatagramSize();
    },
  };
}
