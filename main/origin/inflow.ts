/**
 * Bounds what a peer can make this process hold in groups that it began and did not end. moq-net keeps an open group
 * for as long as its stream lasts, so a peer that opens many and never ends them would fill the memory; ended groups
 * go by time (see retention.ts).
 */

/**
 * Bytes in all open group streams of one session, at most: eight seconds of four 1080p renditions (about 15 Mbit/s
 * together) with an ample reserve, and little enough that several hostile sessions do not hurt.
 */
export const MAX_OPEN_BYTES = 64 * 1024 * 1024;
/** moq-lite assigns no codes; any non-zero one tells the sender that the group was given up. */
const OVERFLOW_CODE = 3;

interface OpenStream {
  bytes: number;
  giveUp(): void;
}

/** The session's incoming group streams; when too much is open, the oldest stream is stopped, then the next. */
export function boundInflow(
  incoming: ReadableStream<ReadableStream<Uint8Array>>,
  maxOpenBytes = MAX_OPEN_BYTES,
): ReadableStream<ReadableStream<Uint8Array>> {
  const open = new Set<OpenStream>();
  let total = 0;

  const account = (stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> => {
    const reader = stream.getReader();
    let fail: (error: Error) => void = () => undefined;
    const entry: OpenStream = {
      bytes: 0,
      giveUp: () => {
        const reason = Object.assign(new Error('too much in open groups'), {
          source: 'stream',
          streamErrorCode: OVERFLOW_CODE,
        });
        end();
        fail(reason);
        reader.cancel(reason).catch(() => undefined);
      },
    };
    const end = () => {
      if (open.delete(entry)) total -= entry.bytes;
    };
    open.add(entry);
    return new ReadableStream<Uint8Array>({
      start(controller) {
        fail = (error) => controller.error(error);
      },
      async pull(controller) {
        try {
          const { value, done } = await reader.read();
          if (!open.has(entry)) return;
          if (done) {
            end();
            controller.close();
            return;
          }
          entry.bytes += value.byteLength;
          total += value.byteLength;
          controller.enqueue(value);
          while (total > maxOpenBytes) {
            const oldest = open.values().next().value;
            if (!oldest) break;
            oldest.giveUp();
          }
        } catch (error) {
          end();
          throw error;
        }
      },
      cancel(reason) {
        end();
        return reader.cancel(reason);
      },
    });
  };

  return incoming.pipeThrough(
    new TransformStream<ReadableStream<Uint8Array>, ReadableStream<Uint8Array>>({
      transform: (stream, controller) => controller.enqueue(account(stream)),
    }),
  );
}
