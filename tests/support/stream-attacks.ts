import { Varint } from 'moq-net';
import WebSocket from 'ws';
import { concatBytes } from '../../common/moq/bytes.ts';
import type { Transport } from '../../main/origin/session.ts';
import { encode, message } from './hostile.ts';
import { sleep } from './wait.ts';

/** How the attacker sends a message: in large pieces, or in writes of one byte. */
export type Pace = 'whole' | 'byte by byte';

/** What the attacker does with a stream after its last byte. */
type End = 'abort' | 'close' | 'leave open';

const MIB = 1024 * 1024;
/** The sizes of the attacker's messages. */
export const SIZES = [MIB, 4 * MIB, 16 * MIB, 64 * MIB] as const;
const PIECE_BYTES = 256 * 1024;
/** The largest QMux record that receivers accept by default. */
const MAX_RECORD_BYTES = 16_382;
/** How long the attacker goes on with a message that the other side reads. Writes of one byte would take hours. */
const PUMP_MS = 1_000;

/** The streams that an attacker can open, as stream types of moq-lite 05. */
export const REQUESTS = {
  session: 0,
  announce: 1,
  subscribe: 2,
  fetch: 3,
  probe: 4,
  goaway: 5,
  track: 6,
  'client setup': 0x20,
  unknown: 0x3e,
} as const;

type Writer = WritableStreamDefaultWriter<Uint8Array>;

/** Opens a bidirectional stream and sends one message of `size` bytes on it. Resolves when the stream ends. */
export async function attackRequest(
  transport: Transport,
  type: number,
  size: number,
  pace: Pace,
  end: End = 'abort',
): Promise<void> {
  const stream = await transport.createBidirectionalStream();
  void drain(stream.readable);
  await pump(stream.writable.getWriter(), concatBytes(encode(type), encode(size)), size, pace, end);
}

/** Opens a stream and sends the first `bytes` of a request that declares 60 kB. The stream stays open. */
export async function openIncomplete(transport: Transport, bytes: number): Promise<void> {
  const { writable } = await transport.createBidirectionalStream();
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  await writer.write(concatBytes(encode(2), encode(16_000), new Uint8Array(bytes)));
}

/** Sends a TRACK request and resolves when it is answered or refused. */
export async function requestTrack(transport: Transport, broadcast: string, track: string): Promise<void> {
  const { readable, writable } = await transport.createBidirectionalStream();
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  await writer.write(concatBytes(encode(6), message(broadcast, track)));
  await writer.close();
  await drain(readable);
}

/** Sends a unidirectional stream that starts with `head` and continues with `size` bytes. */
export async function attackUni(
  transport: Transport,
  head: Uint8Array,
  size: number,
  pace: Pace,
): Promise<void> {
  const writable = await transport.createUnidirectionalStream();
  await pump(writable.getWriter(), head, size, pace);
}

/** The start of unidirectional streams that declare `size` bytes. Subscription 0 is the first of the other side. */
export const uniHeads = {
  group: (size: number) => concatBytes(encode(0), encode(size)),
  frame: (size: number) => concatBytes(encode(0), message(0, 0), encode(0), encode(size)),
  setup: (size: number) => concatBytes(encode(1), encode(size)),
  unknown: (size: number) => concatBytes(encode(9), encode(size)),
} as const;

/** The messages with which the attacker answers before it attacks. */
const ANNOUNCE_OK = message(7, 1);
const TRACK_INFO = message(Uint8Array.of(0, 0), 5_000, 1_000);

/** What an attacker's server sends on each stream that the other side opens, by stream type. */
export type Replies = Partial<Record<number, (writer: Writer) => Promise<void>>>;

/** Announces a broadcast and answers TRACK requests, so that the other side opens all of its streams. */
export function honestReplies(broadcast: string): Replies {
  return {
    // The announcement has the status "active" and no hops.
    1: (writer) => writer.write(concatBytes(ANNOUNCE_OK, message(Uint8Array.of(1), broadcast, 0))),
    6: async (writer) => {
      await writer.write(TRACK_INFO);
      await writer.close();
    },
  };
}

/** Answers the streams that the other side opens with `replies`. `onStream` gets the type of each stream. */
export async function serveReplies(
  transport: Transport,
  replies: Replies,
  onStream: (type: number) => void = () => undefined,
): Promise<void> {
  const setup = (await transport.createUnidirectionalStream()).getWriter();
  // SETUP with the parameter "probe: report", so that the other side opens a PROBE stream.
  await setup.write(concatBytes(encode(1), message(1, 1, encode(1), Uint8Array.of(1))));
  await setup.close();
  void drainAll(transport.incomingUnidirectionalStreams);
  const incoming = transport.incomingBidirectionalStreams.getReader();
  for (;;) {
    const { value: stream, done } = await incoming.read();
    if (done) return;
    void (async () => {
      const reader = stream.readable.getReader();
      const { value } = await reader.read();
      const type = value?.[0] ?? -1;
      onStream(type);
      const writer = stream.writable.getWriter();
      writer.closed.catch(() => undefined);
      await replies[type]?.(writer);
    })().catch(() => undefined);
  }
}

/** A reply of `size` bytes on the given type of stream, after the answers that precede it. */
export function longReply(type: number, size: number, pace: Pace): (writer: Writer) => Promise<void> {
  const heads: Record<number, Uint8Array> = {
    1: concatBytes(ANNOUNCE_OK, encode(size)),
    // A type precedes the messages of a subscription, and a timestamp each frame.
    2: concatBytes(encode(0), encode(size)),
    3: concatBytes(encode(0), encode(size)),
  };
  return (writer) => pump(writer, heads[type] ?? encode(size), size, pace);
}

/** Sends groups of subscription 0 with valid frames of 1, 4 and 8 MiB, 64 MiB together. Every second group stays open. */
export async function sendGroups(transport: Transport, pace: Pace): Promise<void> {
  const sizes = [1, 4, 8, 8, 1, 4, 8, 8, 1, 4, 8, 8, 1].map((mebibytes) => mebibytes * MIB);
  const opened: Writer[] = [];
  for (const [sequence, size] of sizes.entries()) {
    const writer = (await transport.createUnidirectionalStream()).getWriter();
    opened.push(writer);
    const head = concatBytes(encode(0), message(0, sequence), encode(0), encode(size));
    await pump(writer, head, size, pace, sequence % 2 === 0 ? 'close' : 'leave open');
  }
}

/** Writes until everything is sent, the stream fails, or `PUMP_MS` have passed. */
async function pump(
  writer: Writer,
  head: Uint8Array,
  size: number,
  pace: Pace,
  end: End = 'abort',
): Promise<void> {
  writer.closed.catch(() => undefined);
  const pieceBytes = pace === 'whole' ? PIECE_BYTES : 1;
  const untilMs = performance.now() + PUMP_MS;
  try {
    await writer.write(head);
    for (let sent = 0; sent < size && performance.now() < untilMs; sent += pieceBytes) {
      await writer.write(new Uint8Array(pieceBytes));
    }
    if (end === 'close') await writer.close();
  } catch {
    // The other side has stopped the stream or closed the session, as it should.
  }
  if (end === 'abort') writer.abort(new Error('done')).catch(() => undefined);
}

async function drain(readable: ReadableStream<unknown>): Promise<void> {
  try {
    const reader = readable.getReader();
    while (!(await reader.read()).done);
  } catch {
    // The stream was reset.
  }
}

async function drainAll(incoming: ReadableStream<ReadableStream<unknown>>): Promise<void> {
  try {
    const reader = incoming.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      void drain(value);
    }
  } catch {
    // The session has ended.
  }
}

/** Resolves when `work` has settled, or after `ms`. */
export async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  await Promise.race([work.catch(() => undefined), sleep(ms)]);
}

/** Encodes a QMux STREAM frame without offset. */
function streamFrame(id: number, data: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x0a), Varint.encode(id), Varint.encode(data.byteLength), data);
}

/**
 * The bytes of a QMux session in which the attacker ignores flow control and STOP_SENDING. The first record has the transport
 * parameters, as version 02 requires; without parameters of its own, the other side cannot send data.
 */
export const QMUX_START = concatBytes(Buffer.from('ff5153300d0a0d0a', 'hex'), Uint8Array.of(0));

/** A QMux PING with a sequence number. */
export function pingFrame(sequence: number): Uint8Array {
  return concatBytes(Buffer.from('f48c67529ef8c7bd', 'hex'), Varint.encode(sequence));
}

/** Splits a message into STREAM frames of `frameBytes` and joins them to records of at most 16 kB. */
export function* streamRecords(id: number, message: Uint8Array, frameBytes: number): Generator<Uint8Array> {
  let frames: Uint8Array[] = [];
  let bytes = 0;
  for (let offset = 0; offset < message.byteLength; offset += frameBytes) {
    const frame = streamFrame(id, message.subarray(offset, offset + frameBytes));
    if (bytes + frame.byteLength > MAX_RECORD_BYTES) {
      yield concatBytes(...frames);
      frames = [];
      bytes = 0;
    }
    frames.push(frame);
    bytes += frame.byteLength;
  }
  yield concatBytes(...frames);
}

/** Sends records as fast as the other side receives them. Resolves when all are sent or the socket has closed. */
export async function sendRecords(socket: WebSocket, records: Iterable<Uint8Array>): Promise<void> {
  for (const record of records) {
    if (socket.readyState !== WebSocket.OPEN) return;
    await new Promise<void>((resolve) => socket.send(record, () => resolve()));
  }
}
