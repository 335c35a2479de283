import { type BudgetMember, ByteBudget } from './byte-budget.ts';
import type { ByteMeter } from './stream-input.ts';

/**
 * Limits how many bytes of control messages this process buffers, whether the messages are incomplete or only
 * unread. Messages from well-behaved peers are buffered for microseconds. A peer that opens many streams and
 * never completes their messages is disconnected.
 */

/** Maximum number of buffered bytes in one session: enough for a request of 4 KiB on every stream. */
const MAX_SESSION_BYTES = 1024 * 1024;
/** Maximum number of buffered bytes in all sessions together. */
const MAX_TOTAL_BYTES = 16 * 1024 * 1024;

const processBudget = new ByteBudget(MAX_TOTAL_BYTES);

/** The buffered bytes of one session. */
export class WaitingBytes implements ByteMeter, BudgetMember {
  bytes = 0;
  readonly #onOverflow: () => void;
  readonly #maxBytes: number;
  readonly #budget: ByteBudget;
  #released = false;

  /** @param onOverflow called once if a limit is exceeded. Must close the session. */
  constructor(onOverflow: () => void, maxBytes = MAX_SESSION_BYTES, budget = processBudget) {
    this.#onOverflow = onOverflow;
    this.#maxBytes = maxBytes;
    this.#budget = budget;
  }

  add(bytes: number): void {
    if (this.#released) return;
    this.#budget.add(this, bytes);
    if (this.bytes > this.#maxBytes) this.free();
  }

  free(): void {
    if (this.#released) return;
    this.release();
    this.#onOverflow();
  }

  /** Stops counting, because the session has ended. Idempotent. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#budget.add(this, -this.bytes);
  }
}
