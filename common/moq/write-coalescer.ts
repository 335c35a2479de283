import { concatBytes } from './bytes.ts';

/**
 * Joins small writes. @moq/net issues three writes per frame (timestamp, length, payload) and three more at
 * the start of a stream. Each would be a separate socket message or call into the native addon, which
 * accounts for most of the cost of sending audio.
 */

/**
 * Maximum size of a write that is held back, in bytes. The longest varint has 9 bytes, and a group header is
 * about as long.
 */
const MAX_SMALL_WRITE_BYTES = 12;
/** Maximum number of bytes that are held back. */
const MAX_PENDING_BYTES = 64;
/**
 * How long bytes are held back before they are flushed if no other write follows, in ms. The delay is too
 * short to notice.
 */
const FLUSH_DELAY_MS = 4;

/** The writer that a `WriteCoalescer` writes to, such as a stream's writer. */
export interface ByteWriter {
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(reason: unknown): Promise<void>;
}

/** Joins small writes with the next write. The caller must await each write; @moq/net meets this requirement. */
export class WriteCoalescer {
  readonly #writer: ByteWriter;
  #pending: Uint8Array | undefined;
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  /** The write that the timer started. */
  #flushing: Promise<void> | undefined;

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  /**
   * Resolves immediately if the chunk is held back, otherwise when it has been written. Rejects if that write
   * fails.
   */
  write(chunk: Uint8Array): Promise<void> {
    const joined = this.#pending ? concatBytes(this.#pending, chunk) : chunk;
    if (chunk.byteLength > MAX_SMALL_WRITE_BYTES || joined.byteLength > MAX_PENDING_BYTES) {
      return this.#writeThrough(joined);
    }
    // The caller may reuse the chunk's memory after this call.
    this.#pending = joined === chunk ? chunk.slice() : joined;
    this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_DELAY_MS);
    return Promise.resolve();
  }

  /** Writes the pending bytes and closes the writer. Rejects if either fails. */
  async close(): Promise<void> {
    if (this.#pending) await this.#writeThrough(this.#pending);
    await this.#flushing;
    await this.#writer.close();
  }

  /** Discards the pending bytes and aborts the writer. */
  abort(reason: unknown): Promise<void> {
    this.#discardPending();
    return this.#writer.abort(reason);
  }

  async #writeThrough(bytes: Uint8Array): Promise<void> {
    this.#discardPending();
    await this.#flushing;
    await this.#writer.write(bytes);
  }

  #flush(): void {
    const pending = this.#pending;
    this.#discardPending();
    // The error is ignored here, because it also rejects the next write and the stream's `closed`.
    if (pending) this.#flushing = this.#writer.write(pending).catch(() => undefined);
  }

  #discardPending(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.#pending = undefined;
  }
}
