/**
 * Maximum number of bytes that an announcement stream may buffer. This is enough for a few thousand paths;
 * beyond that, the peer is evidently not reading.
 */
export const MAX_BUFFERED_BYTES = 1024 * 1024;

/**
 * Wraps `inner` in a stream that buffers writes, so that they resolve immediately. Fails and aborts `inner`
 * if more than `MAX_BUFFERED_BYTES` are buffered. This works around moq-net 0.3.4, which misses changes to
 * the announcements while it writes the initial list.
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
