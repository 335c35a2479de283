import type { Scope } from '../../common/scope.ts';

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
  /** Streams with a write under way, and since when. */
  readonly #writing = new Map<WritableStreamDefaultWriter<Uint8Array>, number>();
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

  /** How many group streams were reset so far. */
  get shed(): number {
    return this.#shed;
  }

  async open(options?: WebTransportSendStreamOptions): Promise<SendStream> {
    const inner = await this.#open(options);
    const writer = inner.getWriter();
    // The library awaits each write, so nothing queues between this stream and the transport's.
    const outer = new WritableStream<Uint8Array>(
      {
        start: (controller) => {
          writer.closed.catch((error: unknown) => {
            this.#writing.delete(writer);
            controller.error(error);
          });
        },
        write: async (chunk) => {
          this.#writing.set(writer, performance.now());
          try {
            await writer.write(chunk);
          } finally {
            this.#writing.delete(writer);
          }
        },
        close: () => writer.close(),
        abort: (reason) => writer.abort(reason),
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

  #sweep(): void {
    const limit = performance.now() - this.#stalledMs;
    for (const [writer, since] of [...this.#writing]) {
      if (since > limit) continue;
      this.#writing.delete(writer);
      this.#shed += 1;
      const reason = Object.assign(new Error('reader too slow: group given up'), {
        source: 'stream',
        streamErrorCode: STALLED_CODE,
      });
      writer.abort(reason).catch(() => undefined);
    }
  }
}
