import { concatBytes } from '../../common/moq/bytes.ts';
import { encode } from './hostile.ts';
import type { SizeAttack } from './size-attack.ts';

const KIB = 1024;
/** One mebibyte. */
export const MIB = 1024 * KIB;
const PIECE_BYTES = 128 * KIB;
/**
 * Total size of small messages on one stream, in bytes. Each message is a few bytes long, and costs the
 * receiver as much as a large one.
 */
const SMALL_MESSAGES_BYTES = 128 * KIB;
/**
 * Number of bytes that the attacker sends one at a time. Sending a mebibyte in this way would take up to a
 * minute.
 */
export const BYTEWISE_BYTES = 16 * KIB;
/**
 * Number of bytes of an overlong message that the attacker sends one at a time. The message is refused once
 * its length is known.
 */
const BYTEWISE_TOO_LONG_BYTES = 2 * KIB;
/**
 * Maximum number of bytes that the attacker can write to a stream that is refused at its first message: the
 * flow control window and the sender's buffers.
 */
export const MAX_UNREAD_BYTES = 6 * MIB;
/** Maximum total size of the open groups in one session, in bytes. */
export const MAX_OPEN_GROUP_BYTES = 16 * MIB;
/** Declared sizes of messages that are too long, in bytes: the smallest and the largest that the guards must refuse. */
const SIZES = [MIB, 64 * MIB];

/** Yields `head`, followed by `size` zero bytes in pieces of `pieceBytes`. */
export function* zeros(head: Uint8Array, size: number, pieceBytes = PIECE_BYTES): Generator<Uint8Array> {
  yield head;
  const piece = new Uint8Array(pieceBytes);
  for (let left = size; left > 0; left -= pieceBytes)
    yield left < pieceBytes ? piece.subarray(0, left) : piece;
}

/** Repeats `unit` until `size` bytes are reached, in pieces of whole units. */
export function* repeated(head: Uint8Array, unit: Uint8Array, size: number): Generator<Uint8Array> {
  if (head.byteLength > 0) yield head;
  const count = Math.ceil(Math.min(PIECE_BYTES, size) / unit.byteLength);
  const piece = concatBytes(...new Array<Uint8Array>(count).fill(unit));
  for (let left = size; left > 0; left -= piece.byteLength) yield piece;
}

/** Yields each byte as a separate piece. */
export function* bytewise(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.byteLength; i += 1) yield bytes.subarray(i, i + 1);
}

/** Attacks with a message whose length field exceeds the limit. Its bytes are sent in large pieces, and one by one. */
export function tooLong(
  on: SizeAttack['on'],
  name: string,
  head: Uint8Array,
  sizes: readonly number[] = SIZES,
): SizeAttack[] {
  const whole = sizes.map((size) => ({
    name: `${name} that declares and sends ${size / MIB} MiB`,
    on,
    pieces: () => zeros(concatBytes(head, encode(size)), size),
    refusedAfterBytes: MAX_UNREAD_BYTES,
  }));
  const size = sizes.at(-1) ?? MIB;
  const byByte = {
    name: `${name} that declares ${size / MIB} MiB, byte by byte`,
    on,
    pieces: () => zeros(concatBytes(head, encode(size)), BYTEWISE_TOO_LONG_BYTES, 1),
    refusedAfterBytes: MAX_UNREAD_BYTES,
  };
  return [...whole, byByte];
}

/** An attack with 64 MiB after a complete message, even though the stream must end after the message. */
export function trailing(on: SizeAttack['on'], name: string, head: Uint8Array): SizeAttack {
  return {
    name: `${name} and 64 MiB after it`,
    on,
    pieces: () => zeros(head, 64 * MIB),
    refusedAfterBytes: MAX_UNREAD_BYTES,
  };
}

/** Attacks with small valid messages. They are sent in large pieces, and one byte at a time. */
export function small(on: SizeAttack['on'], name: string, head: Uint8Array, unit: Uint8Array): SizeAttack[] {
  const few = concatBytes(
    head,
    ...new Array<Uint8Array>(Math.ceil(BYTEWISE_BYTES / unit.byteLength)).fill(unit),
  );
  return [
    { name: `128 KiB of ${name}`, on, pieces: () => repeated(head, unit, SMALL_MESSAGES_BYTES) },
    { name: `16 KiB of ${name}, byte by byte`, on, pieces: () => bytewise(few) },
  ];
}

/** Unknown parameters of almost 64 KiB in total, with their count. The ids are odd, which means that a length follows. */
export function manyParameters(): Uint8Array {
  const value = new Uint8Array(2_000);
  const parameters = Array.from({ length: 30 }, (_, i) =>
    concatBytes(encode(2 * i + 1_001), encode(value.byteLength), value),
  );
  return concatBytes(encode(parameters.length), ...parameters);
}
