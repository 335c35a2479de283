import { processTurn } from '../base/turn-limit.ts';

/**
 * The cost of each stream, in units of `processTurn`. Creating its objects and answering its request takes
 * half a millisecond.
 */
const STREAM_UNITS = 16;

/**
 * Accepts a peer's streams as they arrive, and passes on the results of `accept` in the order in which its
 * promises resolve. If a promise resolves to undefined, the stream is dropped. The transport limits the number
 * of streams.
 *
 * @param accept must not reject
 * @param discard called for a stream that `accept` returns after the returned stream has been cancelled or
 *   closed
 */
export function acceptAll<In, Out>(
  incoming: ReadableStream<In>,
  accept: (stream: In) => Promise<Out | undefined>,
  discard: (stream: Out) => void = () => undefined,
): ReadableStream<Out> {
  const reader = incoming.getReader();
  let cancelled = false;
  let closed = false;
  return new ReadableStream<Out>({
    start(controller) {
      const run = async () => {
        for (;;) {
          const { value, done } = await reader.read();
          if (done || cancelled) break;
          await processTurn.take(STREAM_UNITS);
          // Not awaited, because one slow stream must not delay the others.
          void accept(value).then((stream) => {
            if (stream === undefined) return;
            if (cancelled || closed) discard(stream);
            else controller.enqueue(stream);
          });
        }
        closed = true;
        if (!cancelled) controller.close();
      };
      run().catch((error: unknown) => {
        closed = true;
        if (!cancelled) controller.error(error);
      });
    },
    cancel(reason) {
      cancelled = true;
      return reader.cancel(reason);
    },
  });
}
