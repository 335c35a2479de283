import { type Path, Varint } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { concatBytes } from '../../common/moq/bytes.ts';
import { log } from '../base/log.ts';
import type { BidiStream } from './request-interceptor.ts';
import { StreamType } from './stream-shapes.ts';
import { encodeSubscribe, encodeSubscribeUpdate, type SubscribeParameters } from './subscription-wire.ts';

/** The first id of early subscriptions. moq-net counts its own ids from 0. */
export const FIRST_EARLY_ID = 2 ** 40;
/** How long an early subscription waits for moq-net's own request, in ms. moq-net ends a TRACK request after 10 s. */
const WAIT_MS = 10_000;
/** The parameters until moq-net's are known. They start the subscription at the newest group. */
const DEFAULTS: SubscribeParameters = {
  priority: 0,
  ordered: false,
  latencyMax: 0,
  startGroup: undefined,
  endGroup: undefined,
};

/** The stream of a request that was sent. */
interface SentRequest {
  replies: ReadableStreamDefaultReader<Uint8Array>;
  writable: BidiStream['writable'];
}

/** A subscription that was sent before moq-net requested it. */
export class EarlySubscription {
  /** Resolves to the encoded id of moq-net's request; undefined if the subscription ended before. Never rejects. */
  readonly moqNetId: Promise<Uint8Array | undefined>;
  /** Resolves when the subscription has ended. Never rejects. */
  readonly ended: Promise<void>;
  /** The stream, whose replies are read here so that a refusal is noticed before moq-net has the stream. */
  readonly #stream: Promise<SentRequest>;
  readonly #setId: (id: Uint8Array | undefined) => void;
  readonly #setEnded: () => void;
  readonly #timer: ReturnType<typeof setTimeout>;
  #adopted = false;

  /** Sends the request on a stream that is being opened. Takes ownership of the stream. */
  constructor(opening: Promise<BidiStream>, request: { id: number; broadcast: Path.Valid; track: string }) {
    ({ promise: this.moqNetId, resolve: this.#setId } = Promise.withResolvers<Uint8Array | undefined>());
    ({ promise: this.ended, resolve: this.#setEnded } = Promise.withResolvers<void>());
    this.#timer = setTimeout(() => this.cancel(), WAIT_MS);
    this.#timer.unref();
    this.#stream = this.#send(opening, request);
    this.#stream.catch((error: unknown) => {
      log.debug(`early subscription to ${request.track}: ${messageOf(error)}`);
      this.cancel();
    });
  }

  /**
   * Gives the subscription to moq-net. Resolves to its stream, which sends an update if moq-net's parameters
   * differ. Returns undefined if moq-net requests a range of groups, or the subscription has ended.
   *
   * @param id moq-net's encoded id
   */
  adopt(id: Uint8Array, parameters: SubscribeParameters): Promise<BidiStream & { isSent: true }> | undefined {
    const hasRange = parameters.startGroup !== undefined || parameters.endGroup !== undefined;
    if (hasRange) this.cancel();
    if (this.#adopted) return undefined;
    this.#adopted = true;
    clearTimeout(this.#timer);
    this.#setId(Uint8Array.from(id));
    return this.#hand(parameters);
  }

  /** Ends the subscription unless moq-net has it. Idempotent. */
  cancel(): void {
    if (this.#adopted) return;
    this.#adopted = true;
    clearTimeout(this.#timer);
    this.#setId(undefined);
    this.#setEnded();
    const reason = new Error('not needed');
    this.#stream.then(
      ({ replies, writable }) => {
        replies.cancel(reason).catch(() => undefined);
        writable.abort(reason).catch(() => undefined);
      },
      // The stream was never opened.
      () => undefined,
    );
  }

  async #send(
    opening: Promise<BidiStream>,
    request: { id: number; broadcast: Path.Valid; track: string },
  ): Promise<SentRequest> {
    const { readable, writable } = await opening;
    const replies = readable.getReader();
    const onEnded = () => {
      this.#setEnded();
      this.cancel();
    };
    replies.closed.then(onEnded, onEnded);
    const writer = writable.getWriter();
    const id = Varint.encode(request.id);
    await writer.write(
      concatBytes(Varint.encode(StreamType.subscribe), encodeSubscribe({ ...request, ...DEFAULTS, id })),
    );
    writer.releaseLock();
    return { replies, writable };
  }

  async #hand(parameters: SubscribeParameters): Promise<BidiStream & { isSent: true }> {
    try {
      const { replies, writable } = await this.#stream;
      const { priority, ordered, latencyMax } = parameters;
      if (
        priority !== DEFAULTS.priority ||
        ordered !== DEFAULTS.ordered ||
        latencyMax !== DEFAULTS.latencyMax
      ) {
        const writer = writable.getWriter();
        await writer.write(encodeSubscribeUpdate(parameters));
        writer.releaseLock();
      }
      return { readable: readableOf(replies), writable, isSent: true };
    } catch (error) {
      this.#setEnded();
      throw error;
    }
  }
}

/** Returns a stream of the bytes that a reader has not read yet. */
function readableOf(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
