/**
 * Maximum number of bytes that an announcement stream may buffer. This is enough for a few thousand paths;
 * beyond that, the peer is evidently not reading.
 */
export const MAX_BUFFERED_BYTES = 1024 * 1024;

/**
 * Wraps `inner` in a stream whose writes resolve immediately. The chunks are buffered and written to `inner`
 * in order. If more than `MAX_BUFFERED_BYTES` are buffered, the stream fails and `inner` is aborted. In
 * response to a request for announcements, moq-net 0.3.4 writes the currently published paths, waits until
 * they are written, and only then subscribes to changes, so a change during that wait would be lost. With
 * this stream, there is no wait.
 */
export function bufferedWritable(inner: WritableStream<Uint8Array>): WritableStream<Uint8Array> {
  const writer = inner.getWriter();
  let bufferedBytes = 0;
  return new WritableStream<Uint8Array>(
    {
      start: (controller) => {
        writer.closed.catch((error: unknown) => controller.error(error));
      },
      write: (chunk) => {
        const { byteLength } = chunk;
        bufferedBytes += byteLength;
        if (bufferedBytes > MAX_BUFFERED_BYTES) {
          const error = new Error('the peer does not read its announcements');
          writer.abort(error).catch(() => undefined);
          throw error;
        }
        // The chunk is copied, because moq-net reuses its write buffer.
        writer.write(chunk.slice()).then(
          () => {
            bufferedBytes -= byteLength;
          },
          // The error is ignored, because `closed` rejects with the same error.
          () => undefined,
        );
      },
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    },
    { highWaterMark: 64 },
  );
}
