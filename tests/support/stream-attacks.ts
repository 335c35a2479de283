import { Varint } from 'moq-net';
import WebSocket from 'ws';
import { concatBytes } from '../../common/moq/bytes.ts';
import type { Transport } from '../../main/origin/session.ts';
import { drain, drainAll } from './drain.ts';
import { encode, message } from './hostile.ts';
import { sleep } from './wait.ts';

/** How the attacker writes a message: `whole` in large chunks, `byte by byte` in writes of one byte. */
export type Pace = 'whole' | 'byte by byte';

/** What the attacker does with a stream after sending the last byte. */
type End = 'abort' | 'close' | 'leave open';

const MIB = 1024 * 1024;
/** Sizes of the attacker's messages, in bytes. */
export const SIZES = [MIB, 4 * MIB, 16 * MIB, 64 * MIB] as const;
const PIECE_BYTES = 256 * 1024;
/** The largest QMux record that receivers accept by default. */
const MAX_RECORD_BYTES = 16_382;
/** Maximum time for sending one message. Sending a whole message byte by byte would take hours. */
const PUMP_MS = 1_000;

/** The moq-lite 05 types of the bidirectional streams that an attacker can open. */
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

/**
 * Opens a bidirectional stream and sends one message of `size` bytes. Resolves when the attacker stops
 * sending.
 */
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

/**
 * Opens a stream and sends only `bytes` bytes of a request that declares 16,000 bytes. The stream stays open.
 */
export async function openIncomplete(transport: Transport, bytes: number): Promise<void> {
  const { writable } = await transport.createBidirectionalStream();
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  await writer.write(concatBytes(encode(2), encode(16_000), new Uint8Array(bytes)));
}

/** Sends a TRACK request. Resolves when the other side has accepted or refused it. */
export async function requestTrack(transport: Transport, broadcast: string, track: string): Promise<void> {
  const { readable, writable } = await transport.createBidirectionalStream();
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  await writer.write(concatBytes(encode(6), message(broadcast, track)));
  await writer.close();
  await drain(readable);
}

/** Opens a unidirectional stream and sends `head`, followed by `size` bytes. */
export async function attackUni(
  transport: Transport,
  head: Uint8Array,
  size: number,
  pace: Pace,
): Promise<void> {
  const writable = await transport.createUnidirectionalStream();
  await pump(writable.getWriter(), head, size, pace);
}

/**
 * The first bytes of unidirectional streams that declare `size` more bytes. The frame belongs to subscription
 * 0, which is the other side's first subscription.
 */
export const uniHeads = {
  group: (size: number) => concatBytes(encode(0), encode(size)),
  frame: (size: number) => concatBytes(encode(0), message(0, 0), encode(0), encode(size)),
  setup: (size: number) => concatBytes(encode(1), encode(size)),
  unknown: (size: number) => concatBytes(encode(9), encode(size)),
} as const;

/** Valid responses that the attacker sends before it attacks. */
const ANNOUNCE_OK = message(7, 1);
const TRACK_INFO = message(Uint8Array.of(0, 0), 5_000, 1_000);

/** The functions that respond to the streams that the other side opens, by stream type. */
export type Replies = Partial<Record<number, (writer: Writer) => Promise<void>>>;

/**
 * Replies that announce a broadcast and respond to TRACK requests, so that the other side opens streams of
 * all types.
 */
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

/**
 * Sends the matching reply on each stream that the other side opens. Calls `onStream` with the stream's type.
 */
export async function serveReplies(
  transport: Transport,
  replies: Replies,
  onStream: (type: number) => void = () => undefined,
): Promise<void> {
  const setup = (await transport.createUnidirectionalStream()).getWriter();
  // Send SETUP with the parameter "probe: report", so that the other side opens a PROBE stream.
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

/**
 * Returns a reply that declares and sends a message of `size` bytes, after the data that the type requires
 * first.
 */
export function longReply(type: number, size: number, pace: Pace): (writer: Writer) => Promise<void> {
  const heads: Record<number, Uint8Array> = {
    1: concatBytes(ANNOUNCE_OK, encode(size)),
    // Each message on a SUBSCRIBE stream starts with a type, and each frame on a FETCH stream with a
    // timestamp.
    2: concatBytes(encode(0), encode(size)),
    3: concatBytes(encode(0), encode(size)),
  };
  return (writer) => pump(writer, heads[type] ?? encode(size), size, pace);
}

/**
 * Sends groups for subscription 0. Each group has one valid frame of 1, 4 or 8 MiB, for a total of 64 MiB.
 * Every second group stays open.
 */
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

/** Writes `head` and `size` bytes. Stops early if the stream fails or `PUMP_MS` have passed. */
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

/** Resolves when `work` has settled, or after `ms`. */
export async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  await Promise.race([work.catch(() => undefined), sleep(ms)]);
}

/** Encodes a QMux STREAM frame that has no offset field. */
function streamFrame(id: number, data: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x0a), Varint.encode(id), Varint.encode(data.byteLength), data);
}

/**
 * The first record of a QMux session in which the attacker ignores flow control and STOP_SENDING. QMux 02
 * requires transport parameters in this record. They are empty, so the other side cannot send any data.
 */
export const QMUX_START = concatBytes(Buffer.from('ff5153300d0a0d0a', 'hex'), Uint8Array.of(0));

/** Encodes a QMux PING frame with a sequence number. */
export function pingFrame(sequence: number): Uint8Array {
  return concatBytes(Buffer.from('f48c67529ef8c7bd', 'hex'), Varint.encode(sequence));
}

/**
 * Splits a message into STREAM frames of `frameBytes` and combines the frames into records of at most 16 kB.
 */
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
