import type { Scope } from '../../common/scope.ts';
import { SmallWrites } from '../../common/small-writes.ts';

/**
 * A reader that is too slow loses old groups instead of making this process hold them. Group streams are sent newest
 * first, so on a link that cannot carry everything the oldest ones stop moving; one that has not moved for
 * `STALLED_MS` is reset, and what it held is freed.
 */

/** As long as the library keeps a finished group for late readers (moq-net's DEFAULT_LATENCY_MAX_MS). */
export const STALLED_MS = 5_000;
/** How often streams are looked at: a fifth more than promised at most. */
const SWEEP_MS = 1_000;
/** moq-lite assigns no codes; any non-zero one tells the reader that the group is incomplete. */
const STALLED_CODE = 1;

type SendStream = WritableStream<Uint8Array> & { sendOrder?: number };

/** Opens group streams through `open`, and resets those that stall until `scope` closes. */
export class StallGuard {
  readonly #open: (options?: WebTransportSendStreamOptions) => Promise<SendStream>;
  readonly #stalledMs: number;
  /** Writes under way: since when, and how to give the stream up. */
  readonly #writing = new Map<object, { sinceMs: number; giveUp: (reason: Error) => void }>();
  #shed = 0;

  constructor(
    scope: Scope,
    open: (options?: WebTransportSendStreamOptions) => Promise<SendStream>,
    stalledMs = STALLED_MS,
  ) {
    this.#open = open;
    this.#stalledMs = stalledMs;
    const timer = setInterval(() => this.#sweep(), Math.min(SWEEP_MS, stalledMs));
    timer.unref?.();
    scope.own(() => clearInterval(timer));
  }

  /** How many group streams were given up so far. */
  get shed(): number {
    return this.#shed;
  }

  async open(options?: WebTransportSendStreamOptions): Promise<SendStream> {
    const inner = await this.#open(options);
    const writer = inner.getWriter();
    const small = new SmallWrites({
      write: (chunk) => this.#write(writer, chunk),
      close: () => writer.close(),
      abort: async (reason) => abort(writer, reason),
    });
    // The library awaits each write, so nothing queues between this stream and the transport's.
    const outer = new WritableStream<Uint8Array>(
      {
        start: (controller) => {
          writer.closed.catch((error: unknown) => controller.error(error));
        },
        write: (chunk) => small.write(chunk),
        close: () => small.close(),
        abort: (reason) => small.abort(reason),
      },
      { highWaterMark: 1 },
    );
    return Object.defineProperty(outer as SendStream, 'sendOrder', {
      get: () => inner.sendOrder,
      set: (order: number) => {
        inner.sendOrder = order;
      },
    });
  }

  /**
   * Rejects when the write stalls, although the transport may hold on to its chunk: neither iroh nor qmux can reset
   * a stream while a write waits. The reset follows when the write ends; the rest of the group is free at once.
   */
  async #write(writer: WritableStreamDefaultWriter<Uint8Array>, chunk: Uint8Array): Promise<void> {
    const taken = writer.write(chunk);
    const entry = { sinceMs: performance.now(), giveUp: (_reason: Error): void => undefined };
    const stalled = new Promise<never>((_, reject) => {
      entry.giveUp = (reason) => {
        abort(writer, reason);
        reject(reason);
      };
    });
    this.#writing.set(writer, entry);
    try {
      await Promise.race([taken, stalled]);
    } finally {
      this.#writing.delete(writer);
    }
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
