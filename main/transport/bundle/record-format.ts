import { Varint } from 'moq-net';
import { concatBytes } from '../../../common/moq/bytes.ts';
import { BundleViolation, MAX_CONNECTIONS, SECRET_BYTES } from './protocol.ts';

/**
 * The headers of QUIC streams and the messages of the control stream. All numbers are QUIC varints (RFC 9000,
 * section 16).
 */

/** The first number of each unidirectional QUIC stream. */
const StreamKind = { whole: 0, record: 1, lastRecord: 2, control: 3 } as const;

/** The header of a unidirectional QUIC stream. */
export type Header =
  /**
   * The stream's bytes from offset 0. They end with the QUIC stream, unless a record of the stream has arrived:
   * then they end where the first record begins.
   */
  | { kind: 'whole'; stream: number }
  | ({ kind: 'record' } & RecordHeader)
  /** Control messages follow, until the session ends. */
  | { kind: 'control' };

/** The header of a record. The record's bytes follow until the end of the QUIC stream. */
export interface RecordHeader {
  /** The record's number, for acknowledgements. It is unique within its direction of the session. */
  sequence: number;
  /** The number of the record's stream, unique within its direction of the session. */
  stream: number;
  /** Position of the record's first byte in its stream. */
  offset: number;
  /** Whether the stream ends after this record. */
  isLast: boolean;
}

/** A message on the control stream. */
export type ControlMessage =
  /** How many connections the sender of this message needs for its data, from 1 to `MAX_CONNECTIONS`. */
  | { kind: 'want'; connections: number }
  /** The secret that an additional connection must present. Only the side that accepted the session sends it. */
  | { kind: 'secret'; secret: Uint8Array }
  /** Records that have arrived completely. */
  | { kind: 'ack'; sequences: readonly number[] }
  /** The sender abandons one of its streams, after at least one of its records was sent or queued. */
  | { kind: 'reset'; stream: number; code: number }
  /** How many bytes of a stream have been read. The peer may send `STREAM_WINDOW_BYTES` more. */
  | { kind: 'read'; stream: number; position: number }
  /** The sender of this message no longer reads a stream. At least one of the stream's records has arrived. */
  | { kind: 'stop'; stream: number; code: number };

const MessageKind = { want: 1, secret: 2, ack: 3, reset: 4, stop: 5, read: 6 } as const;

/**
 * Maximum number of acknowledgements in one message. A message is decoded again for each chunk until it is
 * complete, so a long message in small chunks would cost much processor time.
 */
export const MAX_ACKS = 64;
/** Error codes of streams have 32 bits, as in WebTransport. */
const MAX_CODE = 2 ** 32 - 1;
/** No stream is longer: a peer could otherwise claim offsets that are not exact in JavaScript. */
const MAX_OFFSET = 2 ** 48;

/** Encodes the header of a QUIC stream. */
export function encodeHeader(header: Header): Uint8Array {
  switch (header.kind) {
    case 'whole':
      return numbers(StreamKind.whole, header.stream);
    case 'control':
      return numbers(StreamKind.control);
    case 'record': {
      const kind = header.isLast ? StreamKind.lastRecord : StreamKind.record;
      return numbers(kind, header.sequence, header.stream, header.offset);
    }
  }
}

/** Encodes a control message. */
export function encodeMessage(message: ControlMessage): Uint8Array {
  switch (message.kind) {
    case 'want':
      return numbers(MessageKind.want, message.connections);
    case 'secret':
      return concatBytes(numbers(MessageKind.secret), message.secret);
    case 'ack':
      return numbers(MessageKind.ack, message.sequences.length, ...message.sequences);
    case 'read':
      return numbers(MessageKind.read, message.stream, message.position);
    case 'reset':
    case 'stop':
      return numbers(MessageKind[message.kind], message.stream, message.code);
  }
}

/**
 * Decodes a header from the start of `bytes`. Returns it with the bytes after it, or undefined if it is incomplete.
 *
 * @throws BundleViolation if it is invalid
 */
export function decodeHeader(bytes: Uint8Array): { header: Header; rest: Uint8Array } | undefined {
  const fields = new Fields(bytes);
  const header = readHeader(fields);
  return header && { header, rest: fields.rest };
}

function readHeader(fields: Fields): Header | undefined {
  const kind = fields.number();
  switch (kind) {
    case undefined:
      return undefined;
    case StreamKind.control:
      return { kind: 'control' };
    case StreamKind.whole: {
      const stream = fields.number();
      return stream === undefined ? undefined : { kind: 'whole', stream };
    }
    case StreamKind.record:
    case StreamKind.lastRecord: {
      const [sequence, stream, offset] = [fields.number(), fields.number(), fields.number(MAX_OFFSET)];
      if (sequence === undefined || stream === undefined || offset === undefined) return undefined;
      return { kind: 'record', sequence, stream, offset, isLast: kind === StreamKind.lastRecord };
    }
    default:
      throw new BundleViolation(`unknown kind of stream: ${kind}`);
  }
}

/** Decodes control messages from the chunks of a stream. */
export class ControlDecoder {
  #waiting: Uint8Array = new Uint8Array();

  /**
   * Adds a chunk. Returns the messages that are complete.
   *
   * @throws BundleViolation if a message is invalid or too long
   */
  add(chunk: Uint8Array): ControlMessage[] {
    let bytes = concatBytes(this.#waiting, chunk);
    const messages: ControlMessage[] = [];
    for (;;) {
      const fields = new Fields(bytes);
      const message = readMessage(fields);
      if (!message) break;
      messages.push(message);
      bytes = fields.rest;
    }
    this.#waiting = bytes.slice();
    return messages;
  }
}

function readMessage(fields: Fields): ControlMessage | undefined {
  const kind = fields.number();
  switch (kind) {
    case undefined:
      return undefined;
    case MessageKind.want: {
      const connections = fields.number();
      if (connections === undefined) return undefined;
      if (connections < 1) throw new BundleViolation('no connection wanted');
      return { kind: 'want', connections: Math.min(connections, MAX_CONNECTIONS) };
    }
    case MessageKind.secret: {
      const secret = fields.bytes(SECRET_BYTES);
      return secret && { kind: 'secret', secret };
    }
    case MessageKind.ack:
      return readAcks(fields);
    case MessageKind.read: {
      const [stream, position] = [fields.number(), fields.number(MAX_OFFSET)];
      if (stream === undefined || position === undefined) return undefined;
      return { kind: 'read', stream, position };
    }
    case MessageKind.reset:
    case MessageKind.stop: {
      const [stream, code] = [fields.number(), fields.number(MAX_CODE)];
      if (stream === undefined || code === undefined) return undefined;
      return { kind: kind === MessageKind.reset ? 'reset' : 'stop', stream, code };
    }
    default:
      throw new BundleViolation(`unknown control message: ${kind}`);
  }
}

function readAcks(fields: Fields): ControlMessage | undefined {
  const count = fields.number();
  if (count === undefined) return undefined;
  if (count > MAX_ACKS) throw new BundleViolation(`${count} acknowledgements in one message`);
  const sequences: number[] = [];
  while (sequences.length < count) {
    const sequence = fields.number();
    if (sequence === undefined) return undefined;
    sequences.push(sequence);
  }
  return { kind: 'ack', sequences };
}

/** Reads fields from the start of a byte array. */
class Fields {
  rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.rest = bytes;
  }

  /** Returns the next number, or undefined if it is incomplete. @throws BundleViolation if it exceeds `max` */
  number(max = Number.MAX_SAFE_INTEGER): number | undefined {
    const first = this.rest[0];
    // The two highest bits of the first byte give the length: 1, 2, 4 or 8 bytes.
    if (first === undefined || this.rest.byteLength < 1 << (first >> 6)) return undefined;
    const [value, rest] = Varint.decodeBigInt(this.rest);
    if (value > BigInt(max)) throw new BundleViolation(`number out of range: ${value}`);
    this.rest = rest;
    return Number(value);
  }

  /** Returns a copy of the next `length` bytes, or undefined if they are incomplete. */
  bytes(length: number): Uint8Array | undefined {
    if (this.rest.byteLength < length) return undefined;
    const bytes = this.rest.slice(0, length);
    this.rest = this.rest.subarray(length);
    return bytes;
  }
}

function numbers(...values: readonly number[]): Uint8Array {
  return concatBytes(...values.map((value) => Varint.encode(value)));
}
