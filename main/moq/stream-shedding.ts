import type { Scope } from '../../common/base/scope.ts';
import { WriteCoalescer } from '../../common/moq/write-coalescer.ts';

/**
 * Drops old groups that a slow reader has not received, to limit this process's memory use. Groups are sent
 * newest first, so on a slow connection, the oldest groups stall. A stream whose write is blocked for
 * `STALLED_MS` is reset.
 */

/**
 * How long a write may be blocked before its stream is reset, in ms. Equal to moq-net's retention for late
 * readers (DEFAULT_LATENCY_MAX_MS).
 */
const STALLED_MS = 5_000;
/**
 * Per-session limits on the number and bytes of streams that were reset during a blocked write. iroh and qmux
 * cannot reset a stream during a write, so each such stream keeps a frame in memory. A peer that reaches a
 * limit has stopped reading, and its session is closed. The maximum number of streams corresponds to ten
 * seconds of audio.
 */
const MAX_STUCK_BYTES = 16 * 1024 * 1024;
const MAX_STUCK_STREAMS = 512;
/**
 * How long all writes to a peer may be blocked before its session is closed, in ms. Equal to QUIC's idle
 * timeout. Without this limit, a viewer of a broadcast with a low bit rate could stop reading and keep its
 * slot for minutes.
 */
const UNREAD_MS = 30_000;
/**
 * How often the writes are checked, in ms. A stalled stream is reset at most this long after `STALLED_MS` has
 * passed.
 */
const SWEEP_MS = 1_000;
/** moq-lite does not define error codes; any code other than 0 tells the reader that the group is incomplete. */
const STALLED_CODE = 1;

/** Options for a `StreamShedder`. */
export interface StreamShedderOptions {
  /** How long a write may be blocked before its stream is reset, in ms. Default: `STALLED_MS`. */
  stalledMs?: number;
  /** How long all writes may be blocked before `onStuck` is called, in ms. Default: `UNREAD_MS`. */
  unreadMs?: number;
  /** Called once, when the peer has evidently stopped reading. */
  onStuck?: () => void;
}

/** A transport's send stream. */
type SendStream = WritableStream<Uint8Array> & { sendOrder?: number; discard?: (reason: unknown) => void };

/** Writes one group stream. Each write must be awaited before the next, and rejects if it stalls. */
export interface GroupStreamWriter {
  readonly closed: Promise<void>;
  /** The stream's priority in the session. Streams with a higher number are sent first. */
  readonly sendOrder: number | undefined;
  setSendOrder(order: number): void;
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /**
   * Resets the stream. Does not wait for the reset to complete, because a write that the peer blocks may
   * delay it.
   */
  abort(reason: unknown): void;
  /** Drops the unsent data of a closed stream. Has no effect if the transport cannot drop it. */
  discard(reason: unknown): void;
}

/** Opens the group streams of one session and resets those that stall. */
export class StreamShedder {
  readonly #open: (options?: WebTransportSendStreamOptions) => Promise<SendStream>;
  readonly #stalledMs: number;
  readonly #unreadMs: number;
  /** Maps each pending write to its start time and a function that resets the stream. */
  readonly #pendingWrites = new Map<object, { sinceMs: number; shed: (reason: Error) => void }>();
  readonly #onStuck: () => void;
  #shedCount = 0;
  #sentBytes = 0;
  #stuckBytes = 0;
  #stuckStreams = 0;
  #stuckReported = false;
  /** When a write last completed, or when the first pending write began. */
  #progressAtMs = 0;

  /** Opens transport streams with `open`. Stops checking for stalls when `scope` closes. */
  constructor(
    scope: Scope,
    open: (options?: WebTransportSendStreamOptions) => Promise<SendStream>,
    { stalledMs = STALLED_MS, unreadMs = UNREAD_MS, onStuck = () => undefined }: StreamShedderOptions = {},
  ) {
    this.#open = open;
    this.#stalledMs = stalledMs;
    this.#unreadMs = unreadMs;
    this.#onStuck = onStuck;
    const timer = setInterval(() => this.#sweep(), Math.min(SWEEP_MS, stalledMs));
    timer.unref?.();
    scope.own(() => clearInterval(timer));
  }

  /** Number of group streams that were reset because they stalled. */
  get shedCount(): number {
    return this.#shedCount;
  }

  /**
   * Number of bytes of groups that the transport has accepted. It accepts only as many as the peer's flow
   * control allows.
   */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Opens a group stream as a `WritableStream`, for moq-net. Small writes are coalesced. */
  async open(options?: WebTransportSendStreamOptions): Promise<SendStream> {
    const writer = await this.openWriter(options);
    const coalescer = new WriteCoalescer({
      write: (chunk) => writer.write(chunk),
      close: () => writer.close(),
      abort: async (reason) => writer.abort(reason),
    });
    // moq-net awaits each write, so no data is queued between this stream and the transport's stream.
    const outer = new WritableStream<Uint8Array>(
      {
        start: (controller) => {
          writer.closed.catch((error: unknown) => controller.error(error));
        },
        write: (chunk) => coalescer.write(chunk),
        close: () => coalescer.close(),
        abort: (reason) => coalescer.abort(reason),
      },
      { highWaterMark: 1 },
    );
    return Object.defineProperty(outer as SendStream, 'sendOrder', {
      get: () => writer.sendOrder,
      set: (order: number) => writer.setSendOrder(order),
    });
  }

  /** Opens a group stream for direct writes, without a `WritableStream` in between. */
  async openWriter(options?: WebTransportSendStreamOptions): Promise<GroupStreamWriter> {
    const stream = await this.#open(options);
    const writer = stream.getWriter();
    writer.closed.catch(() => undefined);
    return {
      get closed() {
        return writer.closed;
      },
      get sendOrder() {
        return stream.sendOrder;
      },
      setSendOrder: (order) => {
        if (stream.sendOrder !== order) stream.sendOrder = order;
      },
      write: (chunk) => this.#write(writer, chunk),
      close: () => writer.close(),
      abort: (reason) => abort(writer, reason),
      discard: (reason) => stream.discard?.(reason),
    };
  }

  /**
   * Writes a chunk. Rejects if the write stalls, and the group is then dropped. The transport may keep the
   * chunk in memory and the stream open until the blocked write returns.
   */
  #write(writer: WritableStreamDefaultWriter<Uint8Array>, chunk: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      let stuck = false;
      const entry = {
        sinceMs: performance.now(),
        shed: (reason: Error) => {
          stuck = true;
          this.#addStuck(1, chunk.byteLength);
          abort(writer, reason);
          reject(reason);
        },
      };
      if (!this.#isBlocked) this.#progressAtMs = entry.sinceMs;
      this.#pendingWrites.set(entry, entry);
      const end = () => {
        this.#pendingWrites.delete(entry);
        if (stuck) this.#addStuck(-1, -chunk.byteLength);
      };
      writer.write(chunk).then(
        () => {
          end();
          this.#progressAtMs = performance.now();
          this.#sentBytes += chunk.byteLength;
          resolve();
        },
        (error: unknown) => {
          end();
          reject(error);
        },
      );
    });
  }

  #addStuck(streams: number, bytes: number): void {
    this.#stuckStreams += streams;
    this.#stuckBytes += bytes;
    if (this.#stuckStreams > MAX_STUCK_STREAMS || this.#stuckBytes > MAX_STUCK_BYTES) this.#reportStuck();
  }

  #reportStuck(): void {
    if (!this.#stuckReported) this.#onStuck();
    this.#stuckReported = true;
  }

  /** Whether at least one write has not completed yet. */
  get #isBlocked(): boolean {
    return this.#pendingWrites.size > 0 || this.#stuckStreams > 0;
  }

  #sweep(): void {
    if (this.#isBlocked && performance.now() - this.#progressAtMs > this.#unreadMs) this.#reportStuck();
    const limitMs = performance.now() - this.#stalledMs;
    for (const [entry, { sinceMs, shed }] of [...this.#pendingWrites]) {
      if (sinceMs > limitMs) continue;
      this.#pendingWrites.delete(entry);
      this.#shedCount += 1;
      const details = { source: 'stream', streamErrorCode: STALLED_CODE };
      shed(Object.assign(new Error('the reader is too slow; the group was dropped'), details));
    }
  }
}

/** Resets a stream. The reset is not awaited, because a write that the peer blocks may delay it. */
function abort(writer: WritableStreamDefaultWriter<Uint8Array>, reason: unknown): void {
  writer.abort(reason).catch(() => undefined);
}
