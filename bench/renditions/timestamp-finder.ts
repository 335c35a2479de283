/** From 2^30 on, a QUIC varint (RFC 9000, 16) takes eight bytes: 18 minutes of a page's life in microseconds. */
const FOUR_BYTE_LIMIT = 2 ** 30;
/** The two bits that say that a varint has four bytes. */
const FOUR_BYTES = 0x80000000;
/** Below 2^14 it would take two. */
const TWO_BYTE_LIMIT = 2 ** 14;

/**
 * Finds pictures in a flow of bytes by the timestamp that stands before each, as a varint of four bytes: among 2^32
 * values, what some hundred pictures look for is not there by chance in a few megabytes. Pure.
 */
export class TimestampFinder {
  /** By timestamp in microseconds: the first time it was seen. */
  readonly found = new Map<number, number>();
  readonly #wanted: ReadonlySet<number>;

  constructor(timestampsUs: readonly number[]) {
    this.#wanted = new Set(timestampsUs.filter((us) => us >= TWO_BYTE_LIMIT && us < FOUR_BYTE_LIMIT));
  }

  look(bytes: Uint8Array, atMs: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 4 <= bytes.byteLength; at += 1) {
      const value = view.getUint32(at) - FOUR_BYTES;
      if (
        value >= TWO_BYTE_LIMIT &&
        value < FOUR_BYTE_LIMIT &&
        this.#wanted.has(value) &&
        !this.found.has(value)
      ) {
        this.found.set(value, atMs);
      }
    }
  }
}
