import { Path, Varint } from 'moq-net';
import { eager } from './eager.ts';

/**
 * Sees what a session asks for, before the library answers. The library answers from what is published at that
 * moment; asking for a ticket's path must start a pull first, so the first message of every control stream is read
 * here, told to a listener, and handed on with the stream unchanged.
 *
 * Stream types and the field order are those of moq-lite 03 to 05 (`js/net/src/lite` in moq-dev/moq).
 */
const STREAM_TYPES = new Map<number, RequestKind>([
  [1, 'announce'],
  [2, 'subscribe'],
  [3, 'fetch'],
  [6, 'track'],
]);

export type RequestKind = 'announce' | 'subscribe' | 'fetch' | 'track';

export interface PathRequest {
  kind: RequestKind;
  /** The broadcast's path, or for `announce` the prefix, as the session names it. */
  path: Path.Valid;
  /** Aborted when the stream ends: the session no longer wants it. */
  ended: AbortSignal;
}

/** Answers a request in the library's place. Takes over the stream. */
export type Server = (stream: BidiStream) => void;

/** Returns when the request may be answered; it is awaited, so it must have a deadline. */
export type RequestListener = (request: PathRequest) => Promise<void> | void;
/** What answers a request that the library does not have to. */
export type ServerChoice = (request: PathRequest) => Promise<Server | undefined>;

/** The largest first message that is looked at, in bytes: a path of 32 parts and a track name, with room. */
const MAX_REQUEST_BYTES = 16 * 1024;

export interface BidiStream {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
}

/** A session's incoming control streams, each passed on after the listener has heard what it asks for. */
export function tapRequests(
  incoming: ReadableStream<BidiStream>,
  listener: RequestListener,
  choose: ServerChoice = async () => undefined,
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
          // Not awaited: a stream that waits for a pull must not hold up the others.
          void inspect(value, listener, choose).then((stream) => {
            if (!stream) return;
            if (cancelled || closed) refuse(stream, new Error('session closed'));
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

/** Resolves to the stream to pass on, or undefined when it ended or was refused. Never rejects. */
async function inspect(
  stream: BidiStream,
  listener: RequestListener,
  choose: ServerChoice,
): Promise<BidiStream | undefined> {
  const reader = stream.readable.getReader();
  const ended = new AbortController();
  let head: Uint8Array = new Uint8Array();
  let { writable } = stream;
  try {
    for (;;) {
      const request = parse(head);
      if (request === 'foreign') break;
      if (request !== 'incomplete') {
        const asked = { ...request, ended: ended.signal };
        await listener(asked);
        const server = await choose(asked);
        if (server) {
          server({ readable: replay(head, reader, ended), writable });
          return undefined;
        }
        if (request.kind === 'announce') writable = eager(writable);
        break;
      }
      if (head.byteLength > MAX_REQUEST_BYTES) throw new Error('request too large');
      const { value, done } = await reader.read();
      if (done) throw new Error('request ended early');
      head = concat(head, value);
    }
  } catch (error) {
    ended.abort();
    reader.cancel(error).catch(() => undefined);
    stream.writable.abort(error).catch(() => undefined);
    return undefined;
  }
  return { readable: replay(head, reader, ended), writable };
}

/** The bytes already read, then the rest of the stream; `ended` is aborted when it closes, fails or is cancelled. */
function replay(
  head: Uint8Array,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  ended: AbortController,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (head.byteLength > 0) controller.enqueue(head);
      // The library may never read again (it answers and waits), so the end is watched for, not read for.
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

type Parsed = { kind: RequestKind; path: Path.Valid } | 'incomplete' | 'foreign';

function parse(bytes: Uint8Array): Parsed {
  try {
    const cursor = new Cursor(bytes);
    const kind = STREAM_TYPES.get(cursor.varint());
    if (!kind) return 'foreign';
    const body = new Cursor(cursor.bytes(cursor.varint()));
    if (kind === 'subscribe') body.varint(); // the subscription's id
    const path = body.bytes(body.varint());
    return { kind, path: Path.from(new TextDecoder('utf-8', { fatal: true }).decode(path)) };
  } catch (error) {
    // Anything else is malformed; the library finds the same and resets the stream with its own words.
    return error instanceof Incomplete ? 'incomplete' : 'foreign';
  }
}

class Incomplete extends Error {}

class Cursor {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  varint(): number {
    const first = this.#rest[0];
    // A QUIC varint's first two bits give its length: 1, 2, 4 or 8 bytes (RFC 9000, section 16).
    if (first === undefined || this.#rest.byteLength < 1 << (first >> 6)) throw new Incomplete();
    const [value, rest] = Varint.decode(this.#rest);
    this.#rest = rest;
    return value;
  }

  bytes(count: number): Uint8Array {
    if (this.#rest.byteLength < count) throw new Incomplete();
    const found = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return found;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.byteLength === 0) return b;
  const joined = new Uint8Array(a.byteLength + b.byteLength);
  joined.set(a);
  joined.set(b, a.byteLength);
  return joined;
}

function refuse(stream: BidiStream, reason: Error): void {
  stream.readable.cancel(reason).catch(() => undefined);
  stream.writable.abort(reason).catch(() => undefined);
}
