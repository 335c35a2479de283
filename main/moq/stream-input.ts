import { Varint } from 'moq-net';
import { processTurn } from '../base/turn-limit.ts';
import { ByteQueue } from './byte-queue.ts';
import { varintLength, WireReader } from './wire-reader.ts';

/**
 * Maximum size of a control message in bytes: enough for a path and a track name, or for several hundred
 * announcements in one message, as in moq-lite 01 and 02. A SETUP message cannot be larger.
 */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** Error for a stream that violates the protocol or a limit. The peer receives `streamErrorCode`. */
export class StreamViolation extends Error {
  readonly source = 'stream';
  /** moq-lite does not define error codes, so this is HTTP's status "bad request". */
  readonly streamErrorCode = 400;
}

/** Counts the bytes that are buffered in this process. `add` may throw if a limit is exceeded. */
export interface ByteMeter {
  /** A negative `bytes` subtracts bytes that are no longer buffered. */
  add(bytes: number): void;
}

const NO_METER: ByteMeter = { add: () => undefined };

/**
 * Reads whole fields, messages and frames from a stream, in linear time whatever the size of the chunks.
 * Bytes that a read has returned count as buffered until the next read.
 */
export class StreamInput {
  /** Resolves when the stream has ended, failed or been cancelled. Never rejects. */
  readonly ended: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #meter: ByteMeter;
  readonly #queue = new ByteQueue();
  #meteredBytes = 0;
  #closed = false;

  /** Takes ownership of the stream. */
  constructor(readable: ReadableStream<Uint8Array>, meter: ByteMeter = NO_METER) {
    this.#reader = readable.getReader();
    this.#meter = meter;
    this.ended = this.#reader.closed.catch(() => undefined);
  }

  /** Waits until `count` bytes are available. Returns false if the stream ends first. Rejects if it fails. */
  async has(count: number): Promise<boolean> {
    if (this.#queue.byteLength < count) this.#queue.compact();
    this.#settle(this.#queue.byteLength);
    while (this.#queue.byteLength < count) {
      const { value, done } = await this.#reader.read();
      if (done) return false;
      // Skip empty chunks, because moq-net rejects them and they carry no information.
      if (value.byteLength === 0) continue;
      this.#queue.push(value, count);
      this.#settle(this.#queue.byteLength);
    }
    return true;
  }

  /**
   * Consumes the next `count` bytes and returns them without copying. `has(count)` must have returned true.
   */
  take(count: number): Uint8Array {
    return this.#queue.take(count);
  }

  /**
   * Returns the offset after the varint at `offset`, without consuming it; undefined if the stream ends
   * before it.
   *
   * @throws StreamViolation if the stream ends inside the varint
   */
  async varintEnd(offset = 0): Promise<number | undefined> {
    if (!(await this.has(offset + 1))) {
      if (this.#queue.byteLength > 0) throw endedEarly();
      return undefined;
    }
    const end = offset + varintLength(this.#queue.bytes[offset] ?? 0);
    if (!(await this.has(end))) throw endedEarly();
    return end;
  }

  /** Decodes the number between the offsets `offset` and `end`, without consuming it. */
  numberAt(offset: number, end: number): number {
    return Varint.decode(this.#queue.bytes.subarray(offset, end))[0];
  }

  /**
   * Consumes and returns a varint. Returns undefined at the end of the stream.
   *
   * @throws StreamViolation if the stream ends inside the varint
   */
  async varint(): Promise<number | undefined> {
    const end = await this.varintEnd();
    if (end === undefined) return undefined;
    const value = this.numberAt(0, end);
    this.take(end);
    return value;
  }

  /**
   * Waits for the next item, which consists of `skipped` varints, a length, and a body of that length.
   * Returns the item's size and the offset of its body without consuming the item; undefined at the end of
   * the stream.
   *
   * @throws StreamViolation if the item is cut off, or too long (checked before the body is read)
   */
  async item(skipped: number, maxBytes: number): Promise<{ bodyStart: number; size: number } | undefined> {
    // This wait keeps a chunk with many small items from blocking the event loop.
    await processTurn.take();
    let lengthStart = 0;
    for (let i = 0; i < skipped; i += 1) {
      const end = await this.varintEnd(lengthStart);
      if (end === undefined) return undefined;
      lengthStart = end;
    }
    const bodyStart = await this.varintEnd(lengthStart);
    if (bodyStart === undefined) return undefined;
    const bodyBytes = this.numberAt(lengthStart, bodyStart);
    if (bodyBytes > maxBytes) throw new StreamViolation(`${bodyBytes} bytes exceed the limit of ${maxBytes}`);
    if (!(await this.has(bodyStart + bodyBytes))) throw endedEarly();
    return { bodyStart, size: bodyStart + bodyBytes };
  }

  /**
   * Consumes the next message. Returns a reader for its body, or undefined at the end of the stream.
   *
   * @throws StreamViolation if the message is too long or cut off
   */
  async message(maxBytes = MAX_MESSAGE_BYTES): Promise<WireReader | undefined> {
    const item = await this.item(0, maxBytes);
    return item && new WireReader(this.take(item.size).subarray(item.bodyStart));
  }

  /** Reads and discards the rest of the stream. Rejects if the stream fails. */
  async discard(): Promise<void> {
    this.#queue.take(this.#queue.byteLength);
    this.#settle(0);
    for (;;) {
      const { done } = await this.#reader.read();
      if (done) return;
      await processTurn.take();
    }
  }

  /** Cancels the stream and frees its bytes. */
  cancel(reason: unknown): void {
    this.#closed = true;
    this.#queue.take(this.#queue.byteLength);
    this.#settle(0);
    this.#reader.cancel(reason).catch(() => undefined);
  }

  #settle(waitingBytes: number): void {
    const change = (this.#closed ? 0 : waitingBytes) - this.#meteredBytes;
    if (change === 0) return;
    this.#meteredBytes += change;
    this.#meter.add(change);
  }
}

const endedEarly = () => new StreamViolation('the stream ended early');
