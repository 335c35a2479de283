/** A session that buffers bytes from its peer. */
export interface BudgetMember {
  /** Number of bytes that the session has buffered. Only `ByteBudget` changes this number. */
  bytes: number;
  /** Called when the limit is exceeded. Must lower `bytes`, by calling `ByteBudget.add`. */
  free(): void;
}

/**
 * Limits the number of bytes that all sessions together have buffered. Beyond the limit, the session with the
 * most bytes must free some, so other sessions are not affected.
 */
export class ByteBudget {
  readonly #maxBytes: number;
  readonly #members = new Set<BudgetMember>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Total number of bytes across all sessions. */
  get totalBytes(): number {
    return this.#bytes;
  }

  /** Adds bytes that a session received. A negative `bytes` subtracts bytes that it has freed. */
  add(member: BudgetMember, bytes: number): void {
    member.bytes += bytes;
    this.#bytes += bytes;
    if (member.bytes > 0) this.#members.add(member);
    else this.#members.delete(member);
    while (this.#bytes > this.#maxBytes && this.#members.size > 0) {
      const before = this.#bytes;
      const largest = [...this.#members].reduce((a, b) => (b.bytes > a.bytes ? b : a));
      largest.free();
      // If a member frees nothing, do not ask it again. Otherwise this loop would never end.
      if (this.#bytes >= before) this.#members.delete(largest);
    }
  }
}
