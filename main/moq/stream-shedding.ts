import type { Scope } from '../../common/base/scope.ts';
import { SmallWrites } from '../../common/moq/write-coalescer.ts';

/**
 * A reader that is too slow loses old groups instead of making this process hold them. Group streams are sent newest
 * first, so on a link that cannot carry everything the oldest ones stop moving; one that has not moved for
 * `STALLED_MS` is reset, and what it held is freed.
 */

/** As long as the library keeps a finished group for late readers (moq-net's DEFAULT_LATENCY_MAX_MS). */
export const STALLED_MS = 5_000;
/**
 * What stalled streams may hold of one session, in bytes and streams: neither iroh nor qmux can reset a stream while a
 * write of it waits, so each keeps a frame until the peer takes it. A session that has more is closed: its peer has
 * stopped reading. As many streams as ten seconds of sound are.
 */
const MAX_STUCK_BYTES = 16 * 1024 * 1024;
const MAX_STUCK_STREAMS = 512;
/** How often streams are looked at: a fifth more than promised at most. */
const SWEEP_MS = 1_000;
/** moq-lite assigns no codes; any non-zero one tells the reader that the group is incomplete. */
const STALLED_CODE = 1;

export interface StallOptions {
  stalledMs?: number;
  /** Told once when the peer has stopped reading for good. */
  onStuck?: () => void;
}

type SendStream = WritableStream<Uint8Array> & { sendOrder?: number; discard?: (reason: unknown) => void };

/** A stream's writer whose writes reject when they stall. One write at a time. */
export interface GuardedWriter {
  readonly closed: Promise<void>;
  readonly sendOrder: number | undefined;
  setSendOrder(order: number): void;
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** Not awaited: it may wait for a write that waits for the peer. */
  abort(reason: unknown): void;
  /** After closing: what was not sent yet need not be. Where the transport cannot do so, it is sent. */
  discard(reason: unknown): void;
}

/** Opens group streams through `open`, and resets those that stall until `scope` closes. */
export class StallGuard {
  readonly #open: (options?: WebTransportSendStreamOptions) => Promise<SendStream>;
  readonly #stalledMs: number;
  /** Writes under way: since when, and how to give the stream up. */
  readonly #writing = new Map<object, { sinceMs: number; giveUp: (reason: Error) => void }>();
  readonly #onStuck: () => void;
  #shed = 0;
  #stuckBytes = 0;
  #stuckStreams = 0;
  #toldStuck = false;

  constructor(
    scope: Scope,
    open: (options?: WebTransportSendStreamOptions) => Promise<SendStream>,
    { stalledMs = STALLED_MS, onStuck = () => undefined }: StallOptions = {},
  ) {
    this.#open = open;
    this.#stalledMs = stalledMs;
    this.#onStuck = onStuck;
    const timer = setInterval(() => this.#sweep(), Math.min(SWEEP_MS, stalledMs));
    timer.unref?.();
    scope.own(() => clearInterval(timer));
  }

  /** How many group streams were given up so far. */
  get shed(): number {
    return this.#shed;
  }

  /** A stream for the library. */
  async open(options?: WebTransportSendStreamOptions): Promise<SendStream> {
    const inner = await this.openWriter(options);
    const small = new SmallWrites({
      write: (chunk) => inner.write(chunk),
      close: () => inner.close(),
      abort: async (reason) => inner.abort(reason),
    });
    // The library awaits each write, so nothing queues between this stream and the transport's.
    const outer = new WritableStream<Uint8Array>(
      {
        start: (controller) => {
          inner.closed.catch((error: unknown) => controller.error(error));
        },
        write: (chunk) => small.write(chunk),
        close: () => small.close(),
        abort: (reason) => small.abort(reason),
      },
      { highWaterMark: 1 },
    );
    return Object.defineProperty(outer as SendStream, 'sendOrder', {
      get: () => inner.sendOrder,
      set: (order: number) => inner.setSendOrder(order),
    });
  }

  /** A stream to write to without another in between. */
  async openWriter(options?: WebTransportSendStreamOptions): Promise<GuardedWriter> {
    const inner = await this.#open(options);
    const writer = inner.getWriter();
    writer.closed.catch(() => undefined);
    return {
      get closed() {
        return writer.closed;
      },
      get sendOrder() {
        return inner.sendOrder;
      },
      setSendOrder: (order) => {
        if (inner.sendOrder !== order) inner.sendOrder = order;
      },
      write: (chunk) => this.#write(writer, chunk),
      close: () => writer.close(),
      abort: (reason) => abort(writer, reason),
      discard: (reason) => inner.discard?.(reason),
    };
  }

  /**
   * Rejects when the write stalls, although the transport may hold on to its chunk: the reset follows when the write
   * ends; the rest of the group is free at once.
   */
  #write(writer: WritableStreamDefaultWriter<Uint8Array>, chunk: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      let stuck = false;
      const entry = {
        sinceMs: performance.now(),
        giveUp: (reason: Error) => {
          stuck = true;
          this.#stuck(1, chunk.byteLength);
          abort(writer, reason);
          reject(reason);
        },
      };
      this.#writing.set(entry, entry);
      const end = () => {
        this.#writing.delete(entry);
        if (stuck) this.#stuck(-1, -chunk.byteLength);
      };
      writer.write(chunk).then(
        () => {
          end();
          resolve();
        },
        (error: unknown) => {
          end();
          reject(error);
        },
      );
    });
  }

  #stuck(streams: number, bytes: number): void {
    this.#stuckStreams += streams;
    this.#stuckBytes += bytes;
    if (this.#stuckStreams <= MAX_STUCK_STREAMS && this.#stuckBytes <= MAX_STUCK_BYTES) return;
    if (!this.#toldStuck) this.#onStuck();
    this.#toldStuck = true;
  }

  #sweep(): void {
    const limitMs = performance.now() - this.#stalledMs;
    for (const [writer, { sinceMs, giveUp }] of [...this.#writing]) {
      if (sinceMs > limitMs) continue;
      this.#writing.delete(writer);
      this.#shed += 1;
      const details = { source: 'stream', streamErrorCode: STALLED_CODE };
      giveUp(Object.assign(new Error('reader too slow: group given up'), details));
    }
  }
}

/** Not awaited: it may wait for a write that waits for the peer. */
function abort(writer: WritableStreamDefaultWriter<Uint8Array>, reason: unknown): void {
  writer.abort(reason).catch(() => undefined);
}
