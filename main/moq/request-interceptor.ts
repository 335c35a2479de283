import { Path } from 'moq-net';
import { concatBytes } from '../../common/moq/bytes.ts';
import { bufferedWritable } from './buffered-writable.ts';
import { IncompleteError, WireReader } from './wire-reader.ts';

/**
 * Reads the first message of every incoming control stream before moq-net does. moq-net can answer a request
 * only with broadcasts that are already published, but a request for a ticket's path must first start a pull.
 * The message is therefore parsed, reported to a listener, and replayed to moq-net together with the rest of
 * the stream. Stream types and field order are those of moq-lite 03 to 05 (`js/net/src/lite` in moq-dev/moq).
 */

/** The kinds of requests, keyed by stream type. */
const REQUEST_KINDS = new Map<number, RequestKind>([
  [1, 'announce'],
  [2, 'subscribe'],
  [3, 'fetch'],
  [6, 'track'],
]);

type RequestKind = 'announce' | 'subscribe' | 'fetch' | 'track';

/** A peer's request that names a path. */
export interface PathRequest {
  kind: RequestKind;
  /** The broadcast's path (for `announce`, the path prefix) as it appears in the session. */
  path: Path.Valid;
  /** Aborted when the control stream ends, which withdraws the request. */
  signal: AbortSignal;
}

/** Answers a request in place of moq-net. Takes ownership of the stream. */
export type RequestHandler = (stream: BidiStream) => void;

/**
 * Called for every request. The request is answered only after the returned promise has resolved, so the
 * promise must settle within bounded time. If it rejects, the request is refused.
 */
export type RequestListener = (request: PathRequest) => Promise<void> | void;

/** Returns the handler for a request, or undefined to pass the request to moq-net. */
export type HandlerSelector = (request: PathRequest) => Promise<RequestHandler | undefined>;

/** Maximum size of a request in bytes: enough for a path of 32 parts and a track name. */
const MAX_REQUEST_BYTES = 16 * 1024;

/** A bidirectional control stream. */
export interface BidiStream {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
}

/**
 * Passes on a session's incoming control streams, after `listener` has been called for their requests. If
 * `selectHandler` returns a handler for a request, its stream goes to that handler instead. Streams of other types
 * are passed on unread.
 */
export function interceptRequests(
  incoming: ReadableStream<BidiStream>,
  listener: RequestListener,
  selectHandler: HandlerSelector = async () => undefined,
): ReadableStream<BidiStream> {
  const reader = incoming.getReader();
  let cancelled = false;
  let closed = false;
  return new ReadableStream<BidiStream>({
    start(controller) {
      const run = async () => {
        for (;;) {
          const { value, done } = await reader.read();
          if (done || cancelled) break;
          // Not awaited, because a request that waits for a pull must not delay the others.
          void interceptStream(value, listener, selectHandler).then((stream) => {
            if (!stream) return;
            if (cancelled || closed) rejectStream(stream, new Error('session closed'));
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

/**
 * Returns the stream to pass on. Returns undefined if the request was handled or refused, or if the stream
 * ended early. Never rejects.
 */
async function interceptStream(
  stream: BidiStream,
  listener: RequestListener,
  selectHandler: HandlerSelector,
): Promise<BidiStream | undefined> {
  const reader = stream.readable.getReader();
  const ended = new AbortController();
  let head: Uint8Array = new Uint8Array();
  let { writable } = stream;
  try {
    for (;;) {
      const parsed = parseRequest(head);
      if (parsed === 'unknown') break;
      if (parsed !== 'incomplete') {
        const request = { ...parsed, signal: ended.signal };
        await listener(request);
        const handler = await selectHandler(request);
        if (handler) {
          handler({ readable: replay(head, reader, ended), writable });
          return undefined;
        }
        if (request.kind === 'announce') writable = bufferedWritable(writable);
        break;
      }
      if (head.byteLength > MAX_REQUEST_BYTES) throw new Error('request too large');
      const { value, done } = await reader.read();
      if (done) throw new Error('request ended early');
      head = concatBytes(head, value);
    }
  } catch (error) {
    ended.abort();
    reader.cancel(error).catch(() => undefined);
    stream.writable.abort(error).catch(() => undefined);
    return undefined;
  }
  return { readable: replay(head, reader, ended), writable };
}

/**
 * Returns a stream that yields `head` and then the rest of `reader`. Aborts `ended` when `reader` closes or
 * fails, or when the returned stream is cancelled.
 */
function replay(
  head: Uint8Array,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  ended: AbortController,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (head.byteLength > 0) controller.enqueue(head);
      // moq-net may never read again after it has answered, so the end of the stream is detected through
      // `closed` instead of through a read.
      reader.closed.then(
        () => ended.abort(),
        () => ended.abort(),
      );
    },
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel(reason) {
      ended.abort();
      return reader.cancel(reason);
    },
  });
}

function parseRequest(bytes: Uint8Array): Omit<PathRequest, 'signal'> | 'incomplete' | 'unknown' {
  try {
    const header = new WireReader(bytes);
    const kind = REQUEST_KINDS.get(header.varint());
    if (!kind) return 'unknown';
    const body = new WireReader(header.bytes(header.varint()));
    if (kind === 'subscribe') body.varint(); // Skip the subscription id.
    return { kind, path: Path.from(body.text()) };
  } catch (error) {
    // A malformed request is passed to moq-net, which resets the stream with its own error.
    return error instanceof IncompleteError ? 'incomplete' : 'unknown';
  }
}

function rejectStream(stream: BidiStream, reason: Error): void {
  stream.readable.cancel(reason).catch(() => undefined);
  stream.writable.abort(reason).catch(() => undefined);
}
