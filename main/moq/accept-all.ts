import { processTurn } from '../base/turn-limit.ts';

/** Units of a turn for each stream: it takes half a millisecond to create the objects for it and to answer its request. */
const STREAM_UNITS = 16;

/**
 * Accepts a peer's streams as they arrive and passes on what `accept` makes of them, in the order in which its promises
 * resolve. A stream for which the promise resolves to undefined is dropped. The transport limits the number of streams.
 *
 * @param accept must not reject
 * @param discard called for a stream that becomes ready after nobody reads any more
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
          // Not awaited, because a stream that has to wait must not delay the others.
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
