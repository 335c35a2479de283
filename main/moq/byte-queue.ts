const EMPTY = new Uint8Array();
/** Initial size of the buffer for joining chunks, in bytes. */
const MIN_BUFFER_BYTES = 64;

/**
 * Joins the chunks of a stream, in linear time even for small chunks: a full buffer is replaced by one of
 * twice its size. Bytes that `take` has returned are never overwritten.
 */
export class ByteQueue {
  #buffer: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;

  /** Number of bytes in the queue. */
  get byteLength(): number {
    return this.#end - this.#start;
  }

  /** The bytes in the queue. Valid until the next call of `push` or `compact`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /**
   * Appends a chunk. The queue may keep the chunk itself, so the caller must not change it.
   *
   * @param expectedBytes the number of bytes that the next `take` needs. The buffer grows to at most this
   *   number, and at most twice the bytes that have arrived
   */
  push(chunk: Uint8Array, expectedBytes = 0): void {
    const size = this.byteLength;
    if (size === 0) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.byteLength;
      return;
    }
    const needed = size + chunk.byteLength;
    if (this.#end + chunk.byteLength > this.#buffer.byteLength) {
      const target = expectedBytes > needed ? Math.min(2 * needed, expectedBytes) : 2 * needed;
      const grown = new Uint8Array(Math.max(target, MIN_BUFFER_BYTES));
      grown.set(this.bytes);
      this.#buffer = grown;
      this.#start = 0;
      this.#end = size;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.byteLength;
  }

  /** Removes the first `count` bytes and returns them without copying. The queue must contain that many. */
  take(count: number): Uint8Array {
    const taken = this.#buffer.subarray(this.#start, this.#start + count);
    this.#start += count;
    if (this.#start === this.#end) {
      this.#buffer = EMPTY;
      this.#start = 0;
      this.#end = 0;
    }
    return taken;
  }

  /**
   * Frees memory that the queue does not need. A stream may wait hours for its next chunk. Meanwhile, a few unread bytes
   * would keep a whole large chunk in memory.
   */
  compact(): void {
    if (this.#buffer.buffer.byteLength <= Math.max(MIN_BUFFER_BYTES, 4 * this.byteLength)) return;
    this.#buffer = this.bytes.slice();
    this.#start = 0;
    this.#end = this.#buffer.byteLength;
  }
}
