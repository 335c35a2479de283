import { concatBytes } from '../../common/moq/bytes.ts';
import type { Transport } from '../../main/origin/session.ts';
import { encode, message } from './hostile.ts';

/** The stream type of ANNOUNCE requests. */
const ANNOUNCE = 1;

/**
 * Opens `count` ANNOUNCE requests for the broadcasts under `prefix`. `open` returns how many of them are
 * still open, and `received` the number of received bytes.
 */
export async function requestLists(
  transport: Transport,
  count: number,
  prefix = '',
): Promise<{ open: () => number; received: () => number }> {
  let open = 0;
  let received = 0;
  for (let i = 0; i < count; i += 1) {
    const stream = await transport.createBidirectionalStream();
    open += 1;
    const end = () => {
      open -= 1;
    };
    void countBytes(stream.readable, (bytes) => {
      received += bytes;
    }).then(end, end);
    const writer = stream.writable.getWriter();
    writer.write(concatBytes(encode(ANNOUNCE), message(prefix, 0))).catch(() => undefined);
  }
  return { open: () => open, received: () => received };
}

/**
 * Responds to the other side's ANNOUNCE requests with broadcasts at these paths. Returns functions that
 * announce the end and the start of all these broadcasts.
 */
export function announce(transport: Transport, paths: readonly string[]) {
  const writers = new Set<WritableStreamDefaultWriter<Uint8Array>>();
  const send = (bytes: Uint8Array) => {
    for (const writer of writers) writer.write(bytes).catch(() => undefined);
  };
  const run = async () => {
    const reader = transport.incomingBidirectionalStreams.getReader();
    for (;;) {
      const { value: stream, done } = await reader.read();
      if (done) return;
      const request = stream.readable.getReader();
      const { value } = await request.read();
      if (value?.[0] !== ANNOUNCE) continue;
      const writer = stream.writable.getWriter();
      writers.add(writer);
      const all = paths.map((path) => announcement(path, true));
      writer.write(concatBytes(message(1, paths.length), ...all)).catch(() => undefined);
    }
  };
  run().catch(() => undefined);
  return {
    end: () => send(concatBytes(...paths.map((path) => announcement(path, false)))),
    start: () => send(concatBytes(...paths.map((path) => announcement(path, true)))),
  };
}

/** Encodes a moq-lite 05 announcement. */
function announcement(path: string, active: boolean): Uint8Array {
  return message(Uint8Array.of(active ? 1 : 0), path, 0);
}

/** Reads a stream to its end. */
async function countBytes(
  readable: ReadableStream<Uint8Array>,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const reader = readable.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    onBytes(value.byteLength);
  }
}
