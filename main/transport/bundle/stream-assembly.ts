import { BundleViolation } from './protocol.ts';

/** Counts the bytes that all assemblies of a session buffer. */
export interface AssemblyBudget {
  usedBytes: number;
  readonly maxBytes: number;
}

/** Limits of one stream's assembly. */
export interface AssemblyLimits {
  /** Maximum distance from the next byte to be read to the end of a record, in bytes. */
  maxAheadBytes: number;
  /** Maximum number of separate pieces that wait for earlier bytes. */
  maxPieces: number;
}

interface Piece {
  offset: number;
  bytes: Uint8Array;
}

/**
 * Puts the records of one stream in order. Records may arrive in any order, more than once, and overlap; the first
 * copy of each byte is used.
 */
export class StreamAssembly {
  readonly #budget: AssemblyBudget;
  readonly #limits: AssemblyLimits;
  /** In order, without overlaps, all at or after `#position`. */
  readonly #pieces: Piece[] = [];
  #position: number;
  #size: number | undefined;

  /** @param position the offset of the first byte that `take` returns */
  constructor(position: number, budget: AssemblyBudget, limits: AssemblyLimits) {
    this.#position = position;
    this.#budget = budget;
    this.#limits = limits;
  }

  /** Whether all bytes up to the end of the stream have been taken. */
  get isComplete(): boolean {
    return this.#position === this.#size;
  }

  /**
   * Adds a record. Returns false if it does not fit into the limits; the stream must then be abandoned.
   *
   * @throws BundleViolation if the record contradicts the end of the stream
   */
  add(offset: number, bytes: Uint8Array, isLast: boolean): boolean {
    const end = offset + bytes.byteLength;
    if (isLast) this.#setSize(end);
    if (this.#size !== undefined && end > this.#size)
      throw new BundleViolation('data after the end of a stream');
    if (end > this.#position + this.#limits.maxAheadBytes) return false;
    let start = Math.max(offset, this.#position);
    let index = this.#indexAfter(start);
    const before = this.#pieces[index - 1];
    if (before) start = Math.max(start, endOf(before));
    while (start < end) {
      const next = this.#pieces[index];
      const stop = next ? Math.min(end, next.offset) : end;
      if (stop > start && !this.#insert(index, start, bytes.subarray(start - offset, stop - offset)))
        return false;
      if (stop > start) index += 1;
      if (!next) break;
      start = Math.max(start, endOf(next));
      index += 1;
    }
    return true;
  }

  /** Removes and returns the next bytes of the stream, or undefined if they have not arrived. */
  take(): Uint8Array | undefined {
    const first = this.#pieces[0];
    if (!first || first.offset !== this.#position) return undefined;
    this.#pieces.shift();
    this.#position = endOf(first);
    this.#budget.usedBytes -= first.bytes.byteLength;
    return first.bytes;
  }

  /** Moves the position forward, because the bytes before it arrived on the QUIC stream. Drops its own copy of them. */
  skipTo(position: number): void {
    if (position <= this.#position) return;
    this.#position = position;
    for (let first = this.#pieces[0]; first && first.offset < position; first = this.#pieces[0]) {
      this.#pieces.shift();
      this.#budget.usedBytes -= first.bytes.byteLength;
      if (endOf(first) > position) this.#insert(0, position, first.bytes.subarray(position - first.offset));
    }
  }

  /** Drops all waiting bytes. */
  clear(): void {
    for (const { bytes } of this.#pieces.splice(0)) this.#budget.usedBytes -= bytes.byteLength;
  }

  #setSize(size: number): void {
    const last = this.#pieces.at(-1);
    if (size < this.#position || (last && endOf(last) > size) || (this.#size ?? size) !== size) {
      throw new BundleViolation('the end of a stream moved');
    }
    this.#size = size;
  }

  #insert(index: number, offset: number, bytes: Uint8Array): boolean {
    const { maxPieces } = this.#limits;
    const usedBytes = this.#budget.usedBytes + bytes.byteLength;
    if (usedBytes > this.#budget.maxBytes || this.#pieces.length >= maxPieces) return false;
    this.#budget.usedBytes = usedBytes;
    this.#pieces.splice(index, 0, { offset, bytes });
    return true;
  }

  /** Returns the index of the first piece that begins after `offset`. */
  #indexAfter(offset: number): number {
    let index = this.#pieces.length;
    while (index > 0 && (this.#pieces[index - 1]?.offset ?? 0) > offset) index -= 1;
    return index;
  }
}

function endOf({ offset, bytes }: Piece): number {
  return offset + bytes.byteLength;
}
