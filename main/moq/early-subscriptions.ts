import type { Path } from 'moq-net';
import { EarlySubscription, FIRST_EARLY_ID } from './early-subscription.ts';
import type { BidiStream } from './request-interceptor.ts';
import { type OutgoingRequest, openOnRequest } from './request-opener.ts';
import { StreamViolation } from './stream-input.ts';
import { type Pieces, StreamType } from './stream-shapes.ts';
import { decodeSubscribe, encodeGroupHeader } from './subscription-wire.ts';
import { decodeTrack } from './track-wire.ts';
import { WireReader } from './wire-reader.ts';

/**
 * Sends SUBSCRIBE together with TRACK. In moq-lite 05, moq-net requests a track's properties with TRACK, waits
 * for the answer, and only then subscribes, which takes two round trips until the first group arrives. This
 * class subscribes as soon as it sees the TRACK request, under an id of its own, and gives that subscription to
 * moq-net when it subscribes. Groups that arrive in between wait on their streams. The peer sees two ordinary
 * requests.
 */

/** Maximum number of early subscriptions of a session that moq-net has not requested yet. */
const MAX_WAITING = 32;

/** The early subscriptions of one session, which this side opened as the reader. */
export class EarlySubscriptions {
  readonly #ended: AbortSignal;
  readonly #open: (options?: WebTransportSendStreamOptions) => Promise<BidiStream>;
  /** The subscriptions that moq-net has not requested yet, by broadcast and track. */
  readonly #waiting = new Map<string, EarlySubscription>();
  /** All subscriptions, by their own id. */
  readonly #byId = new Map<number, EarlySubscription>();
  #nextId = FIRST_EARLY_ID;

  /**
   * @param open opens a stream to the peer, whose replies are checked
   * @param ended aborted when the session ends, which ends the subscriptions that moq-net has not requested
   */
  constructor(open: (options?: WebTransportSendStreamOptions) => Promise<BidiStream>, ended: AbortSignal) {
    this.#open = open;
    this.#ended = ended;
    ended.addEventListener('abort', () => {
      for (const early of [...this.#waiting.values()]) early.cancel();
    });
  }

  /** Returns a stream for a request of moq-net. It is opened when moq-net writes the request. */
  open(options?: WebTransportSendStreamOptions): BidiStream {
    const types = [StreamType.track, StreamType.subscribe];
    return openOnRequest(types, (request) => this.#answer(request) ?? this.#open(options));
  }

  /** Returns a group's pieces with moq-net's subscription id in place of an early one. Fails for an unknown id. */
  translate(pieces: Pieces): Pieces {
    let next: Pieces = async () => {
      next = pieces;
      const header = await pieces();
      return header && this.#translateHeader(header);
    };
    return () => next();
  }

  /** Returns the stream of the early subscription that a request matches. Starts one for a TRACK request. */
  #answer({ type, body }: OutgoingRequest): Promise<BidiStream> | undefined {
    if (!body || this.#ended.aborted) return undefined;
    if (type === StreamType.track) {
      const { broadcast, track } = decodeTrack(new WireReader(body));
      this.#start(broadcast, track);
      return undefined;
    }
    const { broadcast, track, id, ...parameters } = decodeSubscribe(new WireReader(body), 'moq-lite-05');
    return this.#waiting.get(keyOf(broadcast, track))?.adopt(id, parameters);
  }

  #start(broadcast: Path.Valid, track: string): void {
    const key = keyOf(broadcast, track);
    if (this.#waiting.has(key) || this.#waiting.size >= MAX_WAITING) return;
    const id = this.#nextId++;
    const early = new EarlySubscription(this.#open(), { id, broadcast, track });
    this.#waiting.set(key, early);
    this.#byId.set(id, early);
    void early.moqNetId.then(() => this.#waiting.delete(key));
    void early.ended.then(() => this.#byId.delete(id));
  }

  async #translateHeader(header: Uint8Array): Promise<Uint8Array> {
    const reader = new WireReader(header);
    const type = reader.varint();
    if (type !== 0) return header;
    reader.varint(); // Skip the length.
    const id = reader.varint();
    if (id < FIRST_EARLY_ID) return header;
    const moqNetId = await this.#byId.get(id)?.moqNetId;
    if (!moqNetId) throw new StreamViolation('a group of a subscription that has ended');
    return encodeGroupHeader(moqNetId, reader.varint());
  }
}

function keyOf(broadcast: Path.Valid, track: string): string {
  return `${broadcast}\n${track}`;
}
