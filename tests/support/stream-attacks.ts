import { Varint } from 'moq-net';
import WebSocket from 'ws';
import { concatBytes } from '../../common/moq/bytes.ts';
import type { Transport } from '../../main/origin/session.ts';
import { drain } from './drain.ts';
import { encode, message } from './hostile.ts';
import { sleep } from './wait.ts';

const PIECE_BYTES = 256 * 1024;
/** The largest QMux record that receivers accept by default. */
const MAX_RECORD_BYTES = 16_382;
/** Maximum time for sending one message, in ms. */
const SEND_MS = 1_000;

/**
 * Opens a bidirectional stream and sends a message of `size` bytes without ending the stream. Resolves once
 * all bytes are sent, the stream is refused, or `SEND_MS` have passed.
 */
export async function sendLongRequest(transport: Transport, type: number, size: number): Promise<void> {
  const { readable, writable } = await transport.createBidirectionalStream();
  void drain(readable);
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  const untilMs = performance.now() + SEND_MS;
  try {
    await writer.write(concatBytes(encode(type), encode(size)));
    for (let sent = 0; sent < size && performance.now() < untilMs; sent += PIECE_BYTES) {
      await writer.write(new Uint8Array(PIECE_BYTES));
    }
  } catch {
    // The other side has stopped the stream or closed the session, as it should.
  }
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

/** Resolves when `work` has settled, or after `ms`. */
export async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  await Promise.race([work.catch(() => undefined), sleep(ms)]);
}

/** Encodes a QMux STREAM frame that has no offset field. */
function streamFrame(id: number, data: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x0a), Varint.encode(id), Varint.encode(data.byteLength), data);
}

/**
 * The first record of an attacker's QMux session, which carries the transport parameters that QMux 02
 * requires. They are empty, so the other side cannot send any data.
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
