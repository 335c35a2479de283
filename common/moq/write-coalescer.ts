/**
 * A MoQ frame is written in three pieces (its time, its length, its payload), and a sound packet's stream has three more
 * before them. Each piece would be a message over a socket or a call into the network's addon of its own: most of what
 * moving sound costs. So the small ones are kept until what they belong to follows.
 */

/** What is kept at most, in bytes: the longest varint has 9, and a group's header is about as long. */
const SMALL_BYTES = 12;
const KEPT_BYTES = 64;
/** Something small that nothing follows goes out by itself after this time, in milliseconds: sooner than one notices. */
const ALONE_AFTER_MS = 4;

/** Where the writes go. */
export interface ByteWriter {
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(reason: unknown): Promise<void>;
}

/** Joins small writes with what follows them. Writes must be awaited one by one, as the library does. */
export class SmallWrites {
  readonly #writer: ByteWriter;
  #kept: Uint8Array | undefined;
  #alone: ReturnType<typeof setTimeout> | undefined;
  /** The write of something that nothing followed. */
  #flushing: Promise<void> | undefined;

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  /** Settles as the write below does, where the chunk is not kept. */
  write(chunk: Uint8Array): Promise<void> {
    const joined = this.#joined(chunk);
    if (chunk.byteLength > SMALL_BYTES || joined.byteLength > KEPT_BYTES) return this.#through(joined);
    // Its memory is the caller's again when this returns.
    this.#kept = joined === chunk ? chunk.slice() : joined;
    this.#alone ??= setTimeout(() => this.#flush(), ALONE_AFTER_MS);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    if (this.#kept) await this.#through(this.#joined(new Uint8Array()));
    await this.#flushing;
    await this.#writer.close();
  }

  /** What is kept is lost. */
  abort(reason: unknown): Promise<void> {
    this.#forget();
    return this.#writer.abort(reason);
  }

  async #through(bytes: Uint8Array): Promise<void> {
    this.#forget();
    await this.#flushing;
    await this.#writer.write(bytes);
  }

  #joined(chunk: Uint8Array): Uint8Array {
    const kept = this.#kept;
    if (!kept) return chunk;
    const joined = new Uint8Array(kept.byteLength + chunk.byteLength);
    joined.set(kept);
    joined.set(chunk, kept.byteLength);
    return joined;
  }

  #flush(): void {
    const kept = this.#kept;
    this.#forget();
    // A failure comes back with the next write and with the stream's own end.
    if (kept) this.#flushing = this.#writer.write(kept).catch(() => undefined);
  }

  #forget(): void {
    clearTimeout(this.#alone);
    this.#alone = undefined;
    this.#kept = undefined;
  }
}
