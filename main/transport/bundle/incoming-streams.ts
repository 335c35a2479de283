import { type NativeReceive, nativeReceiveStream, TOO_LONG_CODE } from '../native-streams.ts';
import { ReadBudget } from '../read-budget.ts';
import { mapIrohError, SessionError, StreamError } from '../transport-error.ts';
import { IncomingStream } from './incoming-stream.ts';
import { BundleViolation } from './protocol.ts';
import type { RecordHeader } from './record-format.ts';
import type { AssemblyBudget } from './stream-assembly.ts';

/**
 * Maximum number of streams that have not been read to their end when another one begins with a record. QUIC limits the
 * streams that begin with a QUIC stream.
 */
const MAX_OPEN_STREAMS = 512;
/** Maximum number of bytes of records that wait for earlier bytes or for their reader, in all streams together. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
/**
 * How far a stream's number may be above all earlier ones. Streams are numbered in the order in which they are opened,
 * so an honest peer's numbers differ by at most the number of its open streams.
 */
const MAX_SKIPPED_STREAMS = 4_096;

/** Callbacks of `IncomingStreams`. */
export interface IncomingStreamsEvents {
  /** Called for each new stream, with its bytes. */
  onStream: (stream: ReadableStream<Uint8Array>) => void;
  /** Tells the peer to stop sending records of a stream. */
  sendStop: (stream: number, code: number) => void;
  /** Tells the peer how many bytes of a stream have been read. */
  sendRead: (stream: number, position: number) => void;
}

/** All unidirectional streams from the peer, with a limit on the bytes that are buffered for all of them. */
export class IncomingStreams {
  readonly #events: IncomingStreamsEvents;
  readonly #open = new Map<number, IncomingStream>();
  /** Ended streams above `#floor`. All streams below it have ended, except those in `#open`. */
  readonly #ended = new Set<number>();
  readonly #readBudget = new ReadBudget();
  #floor = 0;
  #highest = -1;
  readonly #budget: AssemblyBudget = { usedBytes: 0, maxBytes: MAX_BUFFERED_BYTES };

  constructor(events: IncomingStreamsEvents) {
    this.#events = events;
  }

  /** Number of streams that have not been read to their end. */
  get size(): number {
    return this.#open.size;
  }

  /** Number of bytes of records that wait. */
  get bufferedBytes(): number {
    return this.#budget.usedBytes;
  }

  /**
   * Adds a stream's QUIC stream.
   *
   * @param first the bytes after the header that have been read
   * @throws BundleViolation if the stream has one already
   */
  addWhole(id: number, whole: NativeReceive, first: Uint8Array): void {
    this.#see(id);
    // A low number is no proof that the stream has ended: a QUIC stream of low priority may begin very late.
    if (this.#ended.has(id)) return void whole.stop(0n).catch(() => undefined);
    const known = this.#open.get(id);
    if (known?.hasWhole) throw new BundleViolation('two QUIC streams for one stream');
    const stream = known ?? this.#create(id);
    stream.attachWhole(whole, first);
    if (!known) this.#announce(stream);
  }

  /** Adds a record. @throws BundleViolation if it contradicts the end of its stream */
  addRecord({ stream: id, offset, isLast }: RecordHeader, bytes: Uint8Array): void {
    this.#see(id);
    const known = this.#open.get(id);
    if (!known && (this.#ended.has(id) || id < this.#floor)) {
      if (!isLast) this.#events.sendStop(id, 0);
      return;
    }
    if (!known && this.#open.size >= MAX_OPEN_STREAMS) {
      this.#addEnded(id);
      this.#events.sendStop(id, TOO_LONG_CODE);
      return;
    }
    const stream = known ?? this.#create(id);
    if (!stream.addRecord(offset, bytes, isLast)) {
      this.#events.sendStop(id, TOO_LONG_CODE);
      stream.fail(new StreamError(TOO_LONG_CODE, 'too many bytes wait in this stream or session'));
      return;
    }
    if (!known) this.#announce(stream);
  }

  /** Handles the peer's message that it has reset a stream. */
  reset(id: number, code: number): void {
    this.#see(id);
    const stream = this.#open.get(id);
    if (stream) stream.fail(new StreamError(code, `the peer reset the stream: ${code}`));
    else this.#addEnded(id);
  }

  /** Fails all streams, because the session has ended. */
  close(error: SessionError): void {
    for (const stream of [...this.#open.values()]) stream.fail(error);
  }

  #create(id: number): IncomingStream {
    const stream = new IncomingStream(this.#budget, {
      onEnd: () => {
        this.#open.delete(id);
        this.#addEnded(id);
      },
      sendStop: (code) => this.#events.sendStop(id, code),
      sendRead: (position) => this.#events.sendRead(id, position),
    });
    this.#open.set(id, stream);
    return stream;
  }

  #announce(stream: IncomingStream): void {
    this.#events.onStream(nativeReceiveStream(stream, toError, this.#readBudget));
  }

  #see(id: number): void {
    if (id <= this.#highest) return;
    if (id > this.#highest + MAX_SKIPPED_STREAMS) throw new BundleViolation(`stream ${id} is too far ahead`);
    this.#highest = id;
    for (const floor = id - MAX_SKIPPED_STREAMS; this.#floor < floor; this.#floor += 1) {
      this.#ended.delete(this.#floor);
    }
  }

  #addEnded(id: number): void {
    if (id >= this.#floor) this.#ended.add(id);
  }
}

function toError(error: unknown): StreamError | SessionError {
  return error instanceof StreamError || error instanceof SessionError ? error : mapIrohError(error);
}

/** A queue of incoming streams, with the interface of `WebTransport.incomingUnidirectionalStreams`. */
export interface IncomingQueue {
  readable: ReadableStream<ReadableStream<Uint8Array>>;
  /** Adds a stream, or cancels it if the queue is no longer read. `IncomingStreams` limits the number of streams. */
  add: (stream: ReadableStream<Uint8Array>) => void;
}

/** Creates a queue that ends when `closed` resolves. */
export function incomingQueue(closed: Promise<unknown>): IncomingQueue {
  let controller: ReadableStreamDefaultController<ReadableStream<Uint8Array>> | undefined;
  const readable = new ReadableStream<ReadableStream<Uint8Array>>({
    start: (started) => {
      controller = started;
    },
    cancel: () => {
      controller = undefined;
    },
  });
  void closed.then(() => {
    controller?.close();
    controller = undefined;
  });
  const add = (stream: ReadableStream<Uint8Array>) => {
    if (controller) controller.enqueue(stream);
    else stream.cancel().catch(() => undefined);
  };
  return { readable, add };
}
