import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import { FIRST_READ_BYTES, MAX_READ_BYTES, type ReadBudget } from './read-budget.ts';
import { streamPriority } from './send-order.ts';
import { StreamError, streamErrorCodeOf } from './transport-error.ts';

/**
 * Wraps the QUIC streams of a native addon (iroh or WebTransport) as web streams. The addons execute one
 * operation per stream at a time: a reset or a priority change waits for a blocked write, and a stop waits
 * for a pending read. Writes are therefore split into slices, and stops are not awaited.
 */

/** The sending half of an addon's stream. */
export interface NativeSend {
  write(chunk: Uint8Array): Promise<unknown>;
  finish(): Promise<unknown>;
  reset(code: bigint): Promise<unknown>;
  setPriority(priority: number): Promise<unknown>;
}

/** The receiving half of an addon's stream. */
export interface NativeReceive {
  /** Resolves to undefined at the end of the stream. */
  read(maxBytes: number): Promise<Uint8Array | undefined>;
  stop(code: bigint): Promise<unknown>;
}

/** Converts an addon's error to a `StreamError` or `SessionError`. */
export type ErrorMapping = (error: unknown) => Error;

/** Size of each write in bytes. A reset has to wait for at most one write. Larger slices are not faster. */
const WRITE_SLICE_BYTES = 64 * 1024;
/**
 * Maximum size of an incoming stream in bytes, because this process buffers open groups. 64 MiB corresponds
 * to 25 seconds of video at 20 Mbit/s without a keyframe, and is also moq-net's limit for messages.
 */
const MAX_STREAM_BYTES = 64 * 1024 * 1024;
/** moq-lite does not define error codes, so the HTTP status for "content too large" is used. */
export const TOO_LONG_CODE = 413;

/** A writable stream whose `sendOrder` can be set at any time. */
export class NativeSendStream extends WritableStream<Uint8Array> {
  readonly #stream: NativeSend;
  #sendOrder: number | undefined;
  #priority: number;
  #applyingPriority = false;
  #ended = false;
  readonly #fail: (error: unknown) => void;

  /**
   * @param sendOrder the send order that `stream`'s current priority corresponds to
   * @param onEnd called when the stream has closed, been aborted or failed
   */
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
          await ignoreFailure('reset', stream.reset(streamErrorCodeOf(reason)));
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

  /** A new value applies to data that has not been sent yet, as soon as any pending write has completed. */
  set sendOrder(sendOrder: number | undefined) {
    this.#sendOrder = sendOrder;
    if (!this.#applyingPriority) void this.#applyPriority();
  }

  /**
   * Discards data that has not been sent by resetting the stream, even if it is already closed. QUIC ignores
   * a peer's STOP_SENDING on a closed stream and keeps sending its data (measured with iroh 1.1.0), which
   * delays other streams on a slow connection.
   */
  discard(reason: unknown): void {
    void ignoreFailure('reset', this.#stream.reset(streamErrorCodeOf(reason)));
  }

  /** Fails the stream when the connection has ended, so that `closed` rejects even without a write. */
  fail(error: unknown): void {
    this.#ended = true;
    this.#fail(error);
  }

  /**
   * Applies one priority change at a time and skips outdated ones, so that changes to a stalled stream do not
   * pile up.
   */
  async #applyPriority(): Promise<void> {
    this.#applyingPriority = true;
    for (let next = streamPriority(this.#sendOrder); next !== this.#priority && !this.#ended; ) {
      this.#priority = next;
      await ignoreFailure('setting the priority', this.#stream.setPriority(next));
      next = streamPriority(this.#sendOrder);
    }
    this.#applyingPriority = false;
  }
}

/**
 * Wraps `stream` as a readable stream. Reads one chunk in advance, to detect the end or a reset even without
 * a reader. If more than `maxBytes` arrive, stops the stream and fails with `TOO_LONG_CODE`.
 *
 * @param budget shared by all streams of the connection
 */
export function nativeReceiveStream(
  stream: NativeReceive,
  toError: ErrorMapping,
  budget: ReadBudget,
  maxBytes = MAX_STREAM_BYTES,
): ReadableStream<Uint8Array> {
  let receivedBytes = 0;
  let readBytes = FIRST_READ_BYTES;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        let chunk: Uint8Array | undefined;
        readBytes = budget.reserve(readBytes);
        try {
          chunk = await stream.read(readBytes);
        } catch (error) {
          controller.error(toError(error));
          return;
        } finally {
          budget.release(readBytes);
        }
        if (chunk === undefined) {
          controller.close();
          return;
        }
        readBytes = chunk.byteLength < readBytes ? FIRST_READ_BYTES : Math.min(2 * readBytes, MAX_READ_BYTES);
        receivedBytes += chunk.byteLength;
        if (receivedBytes > maxBytes) {
          void ignoreFailure('stop', stream.stop(BigInt(TOO_LONG_CODE)));
          controller.error(
            new StreamError(TOO_LONG_CODE, `the stream exceeds the limit of ${maxBytes} bytes`),
          );
          return;
        }
        controller.enqueue(chunk);
      },
      cancel: (reason) => {
        // The stop is not awaited, because it waits behind a pending read until the peer sends data.
        void ignoreFailure('stop', stream.stop(streamErrorCodeOf(reason)));
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

/** Awaits an operation that may fail because the stream or the connection has already ended. Never rejects. */
async function ignoreFailure(operation: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    log.debug(`stream: ${operation} failed: ${messageOf(error).split('\n')[0]}`);
  }
}
