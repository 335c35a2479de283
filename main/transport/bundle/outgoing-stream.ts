import { concatBytes } from '../../../common/moq/bytes.ts';
import type { NativeSend } from '../native-streams.ts';
import { StreamError } from '../transport-error.ts';
import { MAX_RECORD_BYTES, STREAM_WINDOW_BYTES } from './protocol.ts';
import { encodeHeader } from './record-format.ts';
import type { RecordScheduler, RecordStream } from './record-scheduler.ts';

/** The parts of a bundle that an outgoing stream uses. */
export interface OutgoingStreamOptions {
  scheduler: RecordScheduler;
  /** Whether records are distributed over several connections at the moment. */
  isStriping: () => boolean;
  /** Called for each write. */
  onWrite: () => void;
  /** Tells the peer that the stream was reset. */
  sendReset: (stream: number, code: number) => void;
  /** Called when the stream begins to be cut into records. The peer can stop it from then on. */
  onCut: (stream: OutgoingStream) => void;
  /** Called when the peer needs nothing more of a stream that was cut. */
  onEnd: (stream: OutgoingStream) => void;
}

/**
 * The sending half of a unidirectional stream. It is one QUIC stream on the first connection until the session uses
 * several connections. Data that is written from then on is cut into records.
 */
export class OutgoingStream implements NativeSend, RecordStream {
  readonly id: number;
  priority: number;
  readonly #options: OutgoingStreamOptions;
  #whole: NativeSend | undefined;
  #header: Uint8Array = new Uint8Array();
  #offset = 0;
  #isCut = false;
  #isComplete = false;
  /** The offset up to which records may be sent. */
  #limit = 0;
  #whenAllowed: (() => void) | undefined;
  #error: Error | undefined;

  /** @param whole the QUIC stream; undefined to cut the stream from its start */
  constructor(id: number, priority: number, whole: NativeSend | undefined, options: OutgoingStreamOptions) {
    this.id = id;
    this.priority = priority;
    this.#whole = whole;
    this.#options = options;
    if (whole) this.#header = encodeHeader({ kind: 'whole', stream: id });
    else this.#cut();
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#error) throw this.#error;
    const { scheduler, isStriping, onWrite } = this.#options;
    onWrite();
    if (!this.#isCut && this.#whole) {
      if (!isStriping()) {
        this.#offset += chunk.byteLength;
        await this.#whole.write(this.#withHeader(chunk));
        return;
      }
      this.#cut();
    }
    // The chunk may exceed the limit. Writes are slices of at most 64 KiB.
    while (this.#offset >= this.#limit && !this.#error) {
      await new Promise<void>((resolve) => {
        this.#whenAllowed = resolve;
      });
    }
    if (this.#error) throw this.#error;
    // A copy, because the records are kept after this write has returned.
    const bytes = chunk.slice();
    for (let at = 0; at < bytes.byteLength; at += MAX_RECORD_BYTES) {
      const record = bytes.subarray(at, at + MAX_RECORD_BYTES);
      scheduler.add(this, this.#offset, record);
      this.#offset += record.byteLength;
    }
    await scheduler.whenRoom(this);
    if (this.#error) throw this.#error;
  }

  async finish(): Promise<void> {
    if (this.#error) throw this.#error;
    if (this.#isCut || !this.#whole) {
      this.#options.scheduler.finish(this, this.#offset);
      return;
    }
    if (this.#header.byteLength > 0) await this.#whole.write(this.#withHeader(new Uint8Array()));
    await this.#whole.finish();
  }

  async reset(code: bigint): Promise<void> {
    if (this.#error || this.#isComplete) return;
    this.#fail(new StreamError(Number(code), 'the stream was reset'));
    if (this.#isCut) this.#options.sendReset(this.id, Number(code));
    await this.#whole?.reset(code);
  }

  async setPriority(priority: number): Promise<void> {
    this.priority = priority;
    await this.#whole?.setPriority(priority);
  }

  /** Handles the peer's message that it has read all bytes before `position`. */
  onRead(position: number): void {
    this.#limit = Math.max(this.#limit, Math.min(position, this.#offset) + STREAM_WINDOW_BYTES);
    this.#whenAllowed?.();
  }

  /** Handles the peer's message that it no longer reads the stream. */
  onStopped(code: number): void {
    if (this.#error) return;
    this.#fail(new StreamError(code, `the peer stopped reading the stream: ${code}`));
    // The QUIC stream may have ended already.
    this.#whole?.reset(BigInt(code)).catch(() => undefined);
  }

  /**
   * Ends the QUIC stream of a stream that was cut. Until the peer has received a record, the end of the QUIC stream
   * would be the end of the stream.
   */
  onAcknowledged(isComplete: boolean): void {
    const whole = this.#whole;
    this.#whole = undefined;
    // The peer may have stopped the QUIC stream because it has read the whole stream.
    whole?.finish().catch(() => undefined);
    if (!isComplete) return;
    this.#isComplete = true;
    this.#options.onEnd(this);
  }

  /** Ends the stream without a message to the peer, because the session has ended. */
  abandon(error: Error): void {
    this.#fail(error);
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#whenAllowed?.();
    if (!this.#isCut) return;
    this.#options.scheduler.drop(this);
    this.#options.onEnd(this);
  }

  #cut(): void {
    this.#isCut = true;
    this.#limit = this.#offset + STREAM_WINDOW_BYTES;
    if (this.#header.byteLength > 0) {
      // Nothing has been written to the QUIC stream. A reset tells the peer to forget it.
      this.#whole?.reset(0n).catch(() => undefined);
      this.#whole = undefined;
    }
    this.#options.onCut(this);
  }

  #withHeader(chunk: Uint8Array): Uint8Array {
    const bytes = concatBytes(this.#header, chunk);
    this.#header = new Uint8Array();
    return bytes;
  }
}
