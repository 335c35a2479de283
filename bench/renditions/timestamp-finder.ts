/**
 * Smallest value whose QUIC varint (RFC 9000, section 16) is eight bytes long. A page's clock in microseconds
 * reaches it after 18 minutes.
 */
const FOUR_BYTE_LIMIT = 2 ** 30;
/** Length bits of a four-byte varint. */
const FOUR_BYTES = 0x80000000;
/** Smallest value whose varint is four bytes long. */
const TWO_BYTE_LIMIT = 2 ** 14;

/**
 * Finds frames in a byte stream by the timestamp in front of each frame, a four-byte varint. False matches
 * are unlikely with a few hundred timestamps out of 2^32 and a few megabytes of data.
 */
export class TimestampFinder {
  /** Key: timestamp in microseconds. Value: time of its first occurrence. */
  readonly found = new Map<number, number>();
  readonly #wanted: ReadonlySet<number>;

  constructor(timestampsUs: readonly number[]) {
    this.#wanted = new Set(timestampsUs.filter((us) => us >= TWO_BYTE_LIMIT && us < FOUR_BYTE_LIMIT));
  }

  /** Scans a chunk of bytes that passed at `atMs`. */
  scan(bytes: Uint8Array, atMs: number): void {
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
