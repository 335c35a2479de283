import type { NativeReceive } from '../native-streams.ts';
import { StreamError } from '../transport-error.ts';
import { STREAM_WINDOW_BYTES } from './protocol.ts';
import { type AssemblyBudget, type AssemblyLimits, StreamAssembly } from './stream-assembly.ts';

/** Limits of each incoming stream that is cut into records. */
const LIMITS: AssemblyLimits = {
  // The bytes before the first record may also be unread: up to 1.25 MB, QUIC's window for a stream in iroh.
  maxAheadBytes: 3 * STREAM_WINDOW_BYTES,
  maxPieces: 512,
};

/** How many bytes are read before the peer is told so. */
const REPORT_BYTES = STREAM_WINDOW_BYTES / 8;

/** Callbacks of an incoming stream. */
export interface IncomingStreamEvents {
  /** Runs once, when the reader needs no more data from the stream. */
  onEnd: () => void;
  /** Tells the peer to stop sending records of the stream. */
  sendStop: (code: number) => void;
  /** Tells the peer how many bytes have been read. */
  sendRead: (position: number) => void;
}

/**
 * The receiving half of a unidirectional stream. Its bytes come from one QUIC stream, from records, or from a QUIC
 * stream followed by records.
 */
export class IncomingStream implements NativeReceive {
  readonly #budget: AssemblyBudget;
  readonly #events: IncomingStreamEvents;
  #whole: NativeReceive | undefined;
  #wholeChunk: Uint8Array | undefined;
  /** Offset of the next byte of the QUIC stream. */
  #wholeOffset = 0;
  #wholeEnded = false;
  #readingWhole = false;
  #assembly: StreamAssembly | undefined;
  /** Number of bytes that have been read. */
  #position = 0;
  #reportedPosition = 0;
  #error: unknown;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(budget: AssemblyBudget, events: IncomingStreamEvents) {
    this.#budget = budget;
    this.#events = events;
  }

  /** Whether the stream has a QUIC stream, or had one. */
  get hasWhole(): boolean {
    return this.#whole !== undefined;
  }

  /** Adds the QUIC stream with the stream's first bytes, of which `first` have been read. */
  attachWhole(whole: NativeReceive, first: Uint8Array): void {
    this.#whole = whole;
    this.#onWholeChunk(first);
    this.#wake?.();
  }

  /**
   * Adds a record. Returns false if the stream exceeds its limits and has been abandoned.
   *
   * @throws BundleViolation if the record contradicts the end of the stream
   */
  addRecord(offset: number, bytes: Uint8Array, isLast: boolean): boolean {
    this.#assembly ??= new StreamAssembly(this.#position, this.#budget, LIMITS);
    const fits = this.#assembly.add(offset, bytes, isLast);
    this.#wake?.();
    return fits;
  }

  /** Ends the stream with an error, for example because the peer has reset it. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#error = error;
    this.#end();
  }

  /** Rejects with the error of the stream. Resolves to undefined at its end. */
  async read(maxBytes: number): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const next = this.#take();
      if (next) return next;
      if (this.#assembly ? this.#assembly.isComplete : this.#wholeEnded) {
        this.#end();
        return undefined;
      }
      this.#readWhole(maxBytes);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async stop(code: bigint): Promise<void> {
    if (this.#ended) return;
    const hasRecords = this.#assembly !== undefined || !this.#whole;
    this.#error = new StreamError(Number(code), 'the stream was stopped');
    if (hasRecords) this.#events.sendStop(Number(code));
    this.#end(code);
    await undefined;
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#wholeChunk;
    this.#wholeChunk = undefined;
    // Records may have delivered a part of the chunk already, if the peer repeats bytes.
    const known = this.#position - (this.#wholeOffset - (chunk?.byteLength ?? 0));
    const next = chunk && known < chunk.byteLength ? chunk.subarray(known) : this.#assembly?.take();
    if (!next) return undefined;
    this.#position += next.byteLength;
    this.#assembly?.skipTo(this.#position);
    if (this.#assembly && this.#position >= this.#reportedPosition + REPORT_BYTES) {
      this.#reportedPosition = this.#position;
      this.#events.sendRead(this.#position);
    }
    return next;
  }

  #readWhole(maxBytes: number): void {
    const whole = this.#whole;
    if (!whole || this.#wholeEnded || this.#readingWhole) return;
    this.#readingWhole = true;
    whole.read(maxBytes).then(
      (chunk) => {
        this.#readingWhole = false;
        if (chunk) this.#onWholeChunk(chunk);
        else this.#wholeEnded = true;
        this.#wake?.();
      },
      (error: unknown) => {
        this.#readingWhole = false;
        this.#wholeEnded = true;
        this.fail(error);
      },
    );
  }

  #onWholeChunk(chunk: Uint8Array): void {
    this.#wholeOffset += chunk.byteLength;
    if (chunk.byteLength > 0) this.#wholeChunk = chunk;
  }

  #end(code = 0n): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#assembly?.clear();
    this.#wholeChunk = undefined;
    // If a stream was cut, the peer ends its QUIC stream later, or not at all if the stream was stopped.
    if (!this.#wholeEnded) this.#whole?.stop(code).catch(() => undefined);
    this.#events.onEnd();
    this.#wake?.();
  }
}
