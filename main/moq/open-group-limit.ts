import { type BudgetMember, ByteBudget } from './byte-budget.ts';

/**
 * Limits the memory that open groups use. moq-net keeps a group in memory until its stream ends, and a
 * hostile peer could open many streams that never end. Ended groups are dropped by age (see retention.ts).
 */

/**
 * Maximum number of bytes in all open group streams of one session. The limit is larger than eight seconds of four
 * 1080p renditions (about 15 Mbit/s together).
 */
const MAX_SESSION_BYTES = 16 * 1024 * 1024;
/** Maximum number of bytes in the open groups of all sessions: small enough for a small relay server. */
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;
/** moq-lite does not define error codes; any code other than 0 tells the sender that the group was cancelled. */
const OVERFLOW_CODE = 3;

interface OpenGroup {
  bytes: number;
  cancel(): void;
}

const processBudget = new ByteBudget(MAX_TOTAL_BYTES);

/** The open groups of one session. */
export class OpenGroups implements BudgetMember {
  bytes = 0;
  /** Number of bytes of groups received since the session began. */
  receivedBytes = 0;
  /** The open groups, oldest first. */
  readonly #groups = new Set<OpenGroup>();
  readonly #maxBytes: number;
  readonly #budget: ByteBudget;

  constructor(maxBytes = MAX_SESSION_BYTES, budget = processBudget) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
  }

  /**
   * Cancels the oldest group. Only open groups count toward the limit, so a session over its limit has at
   * least one.
   */
  free(): void {
    this.#groups.values().next().value?.cancel();
  }

  /**
   * Passes on a group's stream and counts its bytes until it ends. If the session or the process exceeds its
   * limit, cancels the oldest open group: its sender gets STOP_SENDING, its reader an error.
   */
  count(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = stream.getReader();
    let fail: (error: Error) => void = () => undefined;
    const group: OpenGroup = {
      bytes: 0,
      cancel: () => {
        const reason = Object.assign(new Error('too many bytes in open groups'), {
          source: 'stream',
          streamErrorCode: OVERFLOW_CODE,
        });
        end();
        fail(reason);
        reader.cancel(reason).catch(() => undefined);
      },
    };
    const end = () => {
      if (this.#groups.delete(group)) this.#budget.add(this, -group.bytes);
    };
    this.#groups.add(group);
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          fail = (error) => controller.error(error);
        },
        pull: async (controller) => {
          try {
            const { value, done } = await reader.read();
            if (!this.#groups.has(group)) return;
            if (done) {
              end();
              controller.close();
              return;
            }
            group.bytes += value.byteLength;
            this.receivedBytes += value.byteLength;
            controller.enqueue(value);
            this.#budget.add(this, value.byteLength);
            while (this.bytes > this.#maxBytes) this.free();
          } catch (error) {
            end();
            throw error;
          }
        },
        cancel(reason) {
          end();
          return reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }
}
