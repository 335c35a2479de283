/**
 * Size of a stream's first read, in bytes. The size doubles after each full read. Reads start small, because a
 * peer with hundreds of streams could otherwise cause hundreds of large conversions in one turn.
 */
export const FIRST_READ_BYTES = 2 * 1024;
/**
 * Maximum size of a read, in bytes. iroh converts each byte to a number, so a read of this size blocks the event
 * loop for several milliseconds.
 */
export const MAX_READ_BYTES = 64 * 1024;
/**
 * Size of the pool for the pending large reads of all connections, in bytes. iroh needs about 20 ms to convert
 * this number of bytes.
 */
const POOL_BYTES = 256 * 1024;
/**
 * Total size of the pending large reads that a connection may have even if the pool is used up, in bytes. An
 * idle stream can keep its read pending indefinitely, so the pool alone would let a few peers slow down
 * everybody else's reads.
 */
const GUARANTEED_BYTES = 16 * 1024;

/** The total size of the pending large reads of this process, in bytes. Can exceed the pool by the guarantees. */
let pendingBytes = 0;

/** Limits the pending large reads of one connection. Reads of `FIRST_READ_BYTES` are always allowed. */
export class ReadBudget {
  #pendingBytes = 0;

  /**
   * Reserves a read of `wantedBytes`, or of a smaller size if that is too large. A connection may use at most
   * as much of the pool as it leaves free. One connection can therefore use half of the pool, and others still
   * get a share.
   *
   * @returns the size of the read in bytes. Pass it to `release` when the read has completed
   */
  reserve(wantedBytes: number): number {
    let bytes = wantedBytes;
    while (bytes > FIRST_READ_BYTES && !this.#allows(bytes)) bytes /= 2;
    this.#count(bytes, 1);
    return bytes;
  }

  /** Ends a reservation of `bytes`. */
  release(bytes: number): void {
    this.#count(bytes, -1);
  }

  #allows(bytes: number): boolean {
    const own = this.#pendingBytes + bytes;
    return own <= GUARANTEED_BYTES || own <= POOL_BYTES - pendingBytes - bytes;
  }

  #count(bytes: number, sign: 1 | -1): void {
    if (bytes <= FIRST_READ_BYTES) return;
    this.#pendingBytes += sign * bytes;
    pendingBytes += sign * bytes;
  }
}
