import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import { streamPriority } from './send-order.ts';
import { codeOf, StreamError } from './transport-error.ts';

/**
 * The QUIC streams of a native addon (iroh's, the WebTransport server's) as web streams.
 *
 * Those addons do one thing at a time with a stream: while a write waits for room, a reset or a change of priority
 * waits behind it, and so does a stop behind a read. So writes go in slices, and nothing ever waits for a stop.
 */
export interface NativeSend {
  write(chunk: Uint8Array): Promise<unknown>;
  finish(): Promise<unknown>;
  reset(code: bigint): Promise<unknown>;
  setPriority(priority: number): Promise<unknown>;
}

export interface NativeReceive {
  /** Undefined at the end of the stream. */
  read(maxBytes: number): Promise<Uint8Array | undefined>;
  stop(code: bigint): Promise<unknown>;
}

/** Types what the addon rejects with. */
export type ErrorMapping = (error: unknown) => Error;

/** A reset waits for at most this much to be taken; larger gains no speed. */
export const WRITE_SLICE_BYTES = 64 * 1024;
/** What one read asks for: most of a key frame, so that the library joins few pieces. */
const READ_BYTES = 256 * 1024;

/**
 * Bytes of one incoming stream, at most. A stream is a group: 64 MiB are 25 seconds of 20 Mbit/s without a key frame,
 * and moq-net takes no larger message. A peer that sends more makes this process hold it.
 */
export const MAX_STREAM_BYTES = 64 * 1024 * 1024;
/** moq-lite assigns no codes; HTTP's "content too large". */
export const TOO_LONG_CODE = 413;

/** A writable stream whose `sendOrder` can be set at any time. */
export class NativeSendStream extends WritableStream<Uint8Array> {
  readonly #stream: NativeSend;
  #sendOrder: number | undefined;
  #priority: number;
  #settingPriority = false;
  #ended = false;
  readonly #fail: (error: unknown) => void;

  /** @param sendOrder What `stream` has been given already. */
  constructor(
    stream: NativeSend,
    toError: ErrorMapping,
    sendOrder: number | undefined,
    onEnd: (stream: NativeSendStream) => void,
  ) {
    let fail: (error: unknown) => void = () => undefined;
    const end = () => {
      this.#ended = true;
      onEnd(this);
    };
    super(
      {
        start: (controller) => {
          fail = (error) => controller.error(error);
        },
        write: async (chunk, controller) => {
          try {
            await writeSlices(stream, chunk, controller.signal);
          } catch (error) {
            end();
            throw toError(error);
          }
        },
        close: async () => {
          try {
            await stream.finish();
          } catch (error) {
            throw toError(error);
          } finally {
            end();
          }
        },
        abort: async (reason) => {
          end();
          await quietly('reset', stream.reset(codeOf(reason)));
        },
      },
      { highWaterMark: 1 },
    );
    this.#stream = stream;
    this.#sendOrder = sendOrder;
    this.#priority = streamPriority(sendOrder);
    this.#fail = fail;
  }

  get sendOrder(): number | undefined {
    return this.#sendOrder;
  }

  /** Takes effect for what is not sent yet, once a write under way is taken. */
  set sendOrder(sendOrder: number | undefined) {
    this.#sendOrder = sendOrder;
    if (!this.#settingPriority) void this.#applyPriority();
  }

  /**
   * Nobody wants it any more, also when it is closed: what a slow link has not brought yet is not sent. Closing only says
   * that nothing follows, and a peer that stops a closed stream is not heeded by QUIC itself: its data goes on being
   * sent (measured with iroh 1.1.0), in the way of what is wanted.
   */
  discard(reason: unknown): void {
    void quietly('reset', this.#stream.reset(codeOf(reason)));
  }

  /** Called when the connection ended: nobody may be writing, yet somebody may be waiting for `closed`. */
  fail(error: unknown): void {
    this.#ended = true;
    this.#fail(error);
  }

  /** One change at a time and only the latest, so that re-ranking a stalled stream piles nothing up. */
  async #applyPriority(): Promise<void> {
    this.#settingPriority = true;
    for (let next = streamPriority(this.#sendOrder); next !== this.#priority && !this.#ended; ) {
      this.#priority = next;
      await quietly('priority', this.#stream.setPriority(next));
      next = streamPriority(this.#sendOrder);
    }
    this.#settingPriority = false;
  }
}

/**
 * A readable stream over `stream`, with one read under way at a time and at most one chunk ahead of the reader: that
 * one read is how an end or a reset is noticed while nobody reads.
 */
export function nativeReceiveStream(
  stream: NativeReceive,
  toError: ErrorMapping,
  maxBytes = MAX_STREAM_BYTES,
): ReadableStream<Uint8Array> {
  let receivedBytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        let chunk: Uint8Array | undefined;
        try {
          chunk = await stream.read(READ_BYTES);
        } catch (error) {
          controller.error(toError(error));
          return;
        }
        if (chunk === undefined) {
          controller.close();
          return;
        }
        receivedBytes += chunk.byteLength;
        if (receivedBytes > maxBytes) {
          void quietly('stop', stream.stop(BigInt(TOO_LONG_CODE)));
          controller.error(
            new StreamError(TOO_LONG_CODE, `a stream of more than ${maxBytes} bytes was refused`),
          );
          return;
        }
        controller.enqueue(chunk);
      },
      cancel: (reason) => {
        // Not awaited: behind a pending read it would wait for the peer to send.
        void quietly('stop', stream.stop(codeOf(reason)));
      },
    },
    { highWaterMark: 1 },
  );
}

async function writeSlices(stream: NativeSend, chunk: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength && !signal.aborted; offset += WRITE_SLICE_BYTES) {
    await stream.write(chunk.subarray(offset, offset + WRITE_SLICE_BYTES));
  }
}

/** For what may come too late, when the stream or the connection has ended by itself. */
async function quietly(what: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    log.debug(`stream: ${what} came too late: ${messageOf(error).split('\n')[0]}`);
  }
}
