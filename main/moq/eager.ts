/**
 * What may wait in a stream of announcements, in bytes: some thousands of paths. A reader that lets more than that wait
 * is not reading.
 */
export const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * A writable that takes what is written at once, and passes it on in order.
 *
 * moq-net (0.3.4) answers a request for announcements with what is published at that moment, waits until that is
 * written, and only then begins to watch for changes: one that comes in between is never told. Written at once, there
 * is no such time.
 */
export function eager(inner: WritableStream<Uint8Array>): WritableStream<Uint8Array> {
  const writer = inner.getWriter();
  let waitingBytes = 0;
  return new WritableStream<Uint8Array>(
    {
      start: (controller) => {
        writer.closed.catch((error: unknown) => controller.error(error));
      },
      write: (chunk) => {
        const { byteLength } = chunk;
        waitingBytes += byteLength;
        if (waitingBytes > MAX_WAITING_BYTES) {
          const error = new Error('announcements are not read');
          writer.abort(error).catch(() => undefined);
          throw error;
        }
        // The library writes from one buffer again and again.
        writer.write(chunk.slice()).then(
          () => {
            waitingBytes -= byteLength;
          },
          // `closed` says so too.
          () => undefined,
        );
      },
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    },
    { highWaterMark: 64 },
  );
}
