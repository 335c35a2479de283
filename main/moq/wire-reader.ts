import { Varint } from 'moq-net';

/** Thrown when the buffer ends inside a field. */
export class IncompleteError extends Error {}

/**
 * Returns the length in bytes of the QUIC varint that begins with `firstByte`, whose first two bits encode
 * that length (RFC 9000, section 16).
 */
export function varintLength(firstByte: number): number {
  return 1 << (firstByte >> 6);
}

/** Reads the fields of a moq-lite message from a buffer, front to back. */
export class WireReader {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  /** @throws IncompleteError */
  varint(): number {
    return Varint.decode(this.encodedVarint())[0];
  }

  /** Returns a varint in its encoded form: 1, 2, 4 or 8 bytes. @throws IncompleteError */
  encodedVarint(): Uint8Array {
    const [first] = this.#rest;
    if (first === undefined) throw new IncompleteError('the message ends before a varint');
    return this.bytes(varintLength(first));
  }

  /** Returns the next `count` bytes without copying them. @throws IncompleteError */
  bytes(count: number): Uint8Array {
    if (this.#rest.byteLength < count) throw new IncompleteError('the message ends inside a field');
    const found = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return found;
  }

  /**
   * Reads a length-prefixed string.
   *
   * @throws IncompleteError, RangeError if it is longer than `maxBytes`, or TypeError if it is not valid UTF-8
   */
  text(maxBytes = Infinity): string {
    const size = this.varint();
    if (size > maxBytes) throw new RangeError(`a text of ${size} bytes exceeds the limit of ${maxBytes}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes(size));
  }

  /** Returns the unread bytes without copying them. */
  rest(): Uint8Array {
    return this.bytes(this.#rest.byteLength);
  }

  /** @throws Error if there are unread bytes */
  end(): void {
    if (this.#rest.byteLength > 0) throw new Error('the message has bytes after its last field');
  }
}
