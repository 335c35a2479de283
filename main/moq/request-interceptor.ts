import { Path } from 'moq-net';
import { concatBytes } from '../../common/moq/bytes.ts';
import { acceptAll } from './accept-all.ts';
import type { SessionVersion } from './lite-version.ts';
import { type ByteMeter, StreamInput, StreamViolation } from './stream-input.ts';
import { afterRequest, clientSetup, firstThen, StreamType, streamOf } from './stream-shapes.ts';
import { WireReader } from './wire-reader.ts';

/**
 * Reads the first message of every incoming control stream, reports it to a listener, and then passes the
 * stream on to moq-net. moq-net can answer a request only if the broadcast is already published, but a
 * request for a ticket's path must first start a pull.
 *
 * The fields are in the order of moq-lite 01 to 05 (`js/net/src/lite` in moq-dev/moq). Streams that are not
 * requests are reset, including GOAWAY (type 5), which moq-net would only log.
 */

/** The kinds of requests, keyed by stream type. */
const REQUEST_KINDS = new Map<number, RequestKind>([
  [StreamType.announce, 'announce'],
  [StreamType.subscribe, 'subscribe'],
  [StreamType.fetch, 'fetch'],
  [StreamType.track, 'track'],
]);

type RequestKind = 'announce' | 'subscribe' | 'fetch' | 'track';

/** A peer's request that names a path. */
export interface PathRequest {
  kind: RequestKind;
  /** The broadcast's path (for `announce`, the path prefix) as it appears in the session. */
  path: Path.Valid;
  /** Aborted when the control stream ends, because that withdraws the request. */
  signal: AbortSignal;
}

/** Answers a request in place of moq-net. Takes ownership of the stream. */
export type RequestHandler = (stream: BidiStream) => void;

/**
 * Called for every request, which is answered after the returned promise resolves and refused if it rejects.
 * The promise must settle in bounded time.
 */
export type RequestListener = (request: PathRequest) => Promise<void> | void;

/** Returns the handler for a request, or undefined to pass the request to moq-net. */
export type HandlerSelector = (request: PathRequest) => Promise<RequestHandler | undefined>;

/** Maximum size of a request in bytes: enough for a path of 32 parts and a track name. */
const MAX_REQUEST_BYTES = 16 * 1024;
/** Maximum size of a path in bytes. It covers a ticket with 16 addresses and a long name. */
const MAX_PATH_BYTES = 2 * 1024;
/** Maximum size of a track name in bytes. */
const MAX_TRACK_NAME_BYTES = 1024;
/** Maximum number of PROBE streams in one session. moq-net measures the connection for each, ten times a second. */
const MAX_PROBES = 2;

/** A bidirectional control stream. */
export interface BidiStream {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
}

/** The properties of the session that `interceptRequests` needs. */
export interface InterceptOptions {
  version: SessionVersion;
  listener: RequestListener;
  /** Default: moq-net answers all requests. */
  selectHandler?: HandlerSelector;
  /** Counts the bytes of requests that have not been handled yet. */
  meter?: ByteMeter;
}

/**
 * Passes on a session's incoming control streams after `listener` has seen their requests. If `selectHandler`
 * returns a handler for a request, the handler gets the stream instead.
 */
export function interceptRequests(
  incoming: ReadableStream<BidiStream>,
  options: InterceptOptions,
): ReadableStream<BidiStream> {
  const interceptor = new RequestInterceptor(options);
  return acceptAll(
    incoming,
    (stream) => interceptor.intercept(stream),
    (stream) => rejectStream(stream, new Error('session closed')),
  );
}

class RequestInterceptor {
  readonly #options: InterceptOptions;
  #probes = 0;

  constructor(options: InterceptOptions) {
    this.#options = options;
  }

  /**
   * Returns the stream to pass on, or undefined if it was handled or refused, or ended early. Never rejects.
   */
  async intercept(stream: BidiStream): Promise<BidiStream | undefined> {
    const input = new StreamInput(stream.readable, this.#options.meter);
    try {
      return await this.#read(stream, input);
    } catch (error) {
      input.cancel(error);
      stream.writable.abort(error).catch(() => undefined);
      return undefined;
    }
  }

  async #read({ writable }: BidiStream, input: StreamInput): Promise<BidiStream | undefined> {
    const { version, listener, selectHandler } = this.#options;
    const typeEnd = await input.varintEnd();
    if (typeEnd === undefined) throw new StreamViolation('the stream ended early');
    const type = input.numberAt(0, typeEnd);
    const pass = (head: Uint8Array) =>
      streamOf(
        input,
        firstThen(async () => head, afterRequest(type, input)),
        1,
      );

    if (version.current === undefined) {
      if (type !== StreamType.clientSetup) throw new StreamViolation('a setup was expected');
      const encodedType = input.take(typeEnd);
      return { readable: pass(concatBytes(encodedType, await clientSetup(input, version))), writable };
    }
    if (type === StreamType.probe) {
      this.#countProbe(input);
      return { readable: pass(input.take(typeEnd)), writable };
    }
    const kind = REQUEST_KINDS.get(type);
    if (!kind) throw new StreamViolation(`unknown stream type: ${type}`);
    const item = await input.item(1, MAX_REQUEST_BYTES);
    if (!item) throw new StreamViolation('the stream ended early');
    const whole = input.take(item.size);
    const ended = new AbortController();
    void input.ended.then(() => ended.abort());
    const request = { kind, path: pathOf(kind, whole.subarray(item.bodyStart)), signal: ended.signal };
    await listener(request);
    const handler = await selectHandler?.(request);
    if (handler) {
      handler({ readable: pass(whole), writable });
      return undefined;
    }
    return { readable: pass(whole), writable };
  }

  #countProbe(input: StreamInput): void {
    if (this.#probes >= MAX_PROBES) throw new StreamViolation('too many probes');
    this.#probes += 1;
    void input.ended.then(() => {
      this.#probes -= 1;
    });
  }
}

/**
 * Returns the path in the body of a request.
 *
 * @throws Error if the request is malformed, or its path or track name is too long
 */
function pathOf(kind: RequestKind, body: Uint8Array): Path.Valid {
  const reader = new WireReader(body);
  if (kind === 'subscribe') reader.varint(); // Skip the subscription id.
  const path = Path.from(reader.text(MAX_PATH_BYTES));
  if (kind !== 'announce') reader.text(MAX_TRACK_NAME_BYTES);
  return path;
}

function rejectStream(stream: BidiStream, reason: Error): void {
  stream.readable.cancel(reason).catch(() => undefined);
  stream.writable.abort(reason).catch(() => undefined);
}
