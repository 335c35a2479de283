import { concatBytes } from '../../common/moq/bytes.ts';
import type { BidiStream } from './request-interceptor.ts';
import { IncompleteError, WireReader } from './wire-reader.ts';

/** A stream's type and the body of its first message. */
export interface OutgoingRequest {
  type: number;
  /** Undefined for types whose message does not matter. */
  body: Uint8Array | undefined;
}

/**
 * Returns a stream that is opened only when its type, or its first message, has been written, so that `open`
 * can choose the stream by it. If the same request was already sent on the stream that `open` returns, `open`
 * must set `isSent`. The request is then not written again.
 *
 * @param types the types of streams whose first message matters. Streams of other types may have none.
 */
export function openOnRequest(
  types: readonly number[],
  open: (request: OutgoingRequest) => Promise<BidiStream & { isSent?: boolean }>,
): BidiStream {
  const { promise: opened, resolve, reject } = Promise.withResolvers<BidiStream>();
  // Nothing awaits `opened` if moq-net resets the stream before it reads from it.
  opened.catch(() => undefined);
  let request: Uint8Array = new Uint8Array();
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const writable = new WritableStream<Uint8Array>({
    write: async (chunk, controller) => {
      if (writer) return writer.write(chunk);
      // moq-net reuses the buffer of short chunks after the write.
      request = concatBytes(request, chunk.slice());
      const found = parseRequest(request, types);
      if (!found) return;
      try {
        const stream = await open(found);
        writer = stream.writable.getWriter();
        writer.closed.catch((error: unknown) => controller.error(error));
        resolve(stream);
        if (!stream.isSent) await writer.write(request);
      } catch (error) {
        reject(error);
        throw error;
      }
    },
    close: async () => {
      reject(new Error('the stream was closed before its request'));
      await writer?.close();
    },
    abort: async (reason) => {
      reject(reason);
      await writer?.abort(reason);
    },
  });
  const readable = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= (await opened).readable.getReader();
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        if (reader) return reader.cancel(reason);
        const stream = await opened.catch(() => undefined);
        await stream?.readable.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { readable, writable };
}

/** Parses the start of a stream. Returns undefined if it is incomplete. */
function parseRequest(bytes: Uint8Array, types: readonly number[]): OutgoingRequest | undefined {
  const reader = new WireReader(bytes);
  try {
    const type = reader.varint();
    return { type, body: types.includes(type) ? reader.bytes(reader.varint()) : undefined };
  } catch (error) {
    if (error instanceof IncompleteError) return undefined;
    throw error;
  }
}
