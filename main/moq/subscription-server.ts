import type { Broadcast, Group, Path, Track } from 'moq-net';
import { asError, messageOf } from '../../common/base/errors.ts';
import { concatBytes } from '../../common/moq/bytes.ts';
import { log } from '../base/log.ts';
import { groupSendOrder } from './group-send-order.ts';
import type { BidiStream } from './request-interceptor.ts';
import { MAX_RETENTION_MS } from './retention.ts';
import { serveStream } from './served-stream.ts';
import type { StreamInput } from './stream-input.ts';
import type { GroupStreamWriter, StreamShedder } from './stream-shedding.ts';
import {
  decodeSubscribe,
  decodeSubscribeUpdate,
  encodeFrame,
  encodeGroupHeader,
  encodeSubscribeEnd,
  encodeSubscribeOk,
  encodeSubscribeStart,
  hasTimestamps,
  type ServedVersion,
  type SubscribeParameters,
} from './subscription-wire.ts';

/**
 * Serves subscriptions in place of moq-net. moq-net keeps a few kilobytes for each sent group until the
 * subscription ends, issues three writes per frame, and encodes each frame again for every reader. This server
 * encodes each frame once, and its memory use does not grow with the number of groups. Track datagrams are not
 * forwarded, because no existing player uses them.
 */

/** Options for `serveSubscription`. */
export interface ServeOptions {
  version: ServedVersion;
  /** Returns the broadcast that the session may read at a path, or undefined if there is none. */
  findBroadcast: (path: Path.Valid) => Broadcast.Producer | undefined;
  shedder: StreamShedder;
}

/**
 * Maximum number of groups that may wait for a stream to open. When this many are waiting, the peer has
 * reached its stream limit, and further groups are dropped.
 */
const MAX_OPENING = 8;
/**
 * Maximum number of completely written groups that are remembered per subscription. When a slow reader
 * unsubscribes, their unsent data is discarded. The number covers a few seconds of video, but only a moment
 * of audio, which has little data.
 */
const MAX_WRITTEN = 8;
/** Maximum size in bytes of a frame that is written together with the group header. */
const SMALL_FRAME_BYTES = 4 * 1024;

/**
 * Serves the subscription that `stream` requests until either side ends it. Takes ownership of the stream. Never
 * rejects.
 */
export function serveSubscription(stream: BidiStream, options: ServeOptions): Promise<void> {
  return serveStream('subscription', stream, async (input, output) => {
    const body = await input.message();
    if (!body) throw new Error('the stream ended early');
    const request = decodeSubscribe(body, options.version);
    const broadcast = options.findBroadcast(request.broadcast);
    if (!broadcast) throw new Error('not found');
    const track = broadcast.subscribe(request.track, subscriptionOf(request));
    try {
      track.startAt(request.startGroup ?? track.latest() ?? 0);
      track.endAt(request.endGroup);
      const server = new SubscriptionServer(track, request.id, options.shedder);
      void readUpdates(input, server, options.version);
      await server.run(output, request, options.version);
    } catch (error) {
      track.close(asError(error));
      throw error;
    }
  });
}

/** Applies the reader's updates until it unsubscribes. */
async function readUpdates(
  input: StreamInput,
  server: SubscriptionServer,
  version: ServedVersion,
): Promise<void> {
  try {
    for (;;) {
      const body = await input.message();
      if (!body) break;
      server.update(decodeSubscribeUpdate(body, version));
    }
  } catch (error) {
    log.debug(`subscription cancelled by its reader: ${messageOf(error)}`);
  }
  server.unsubscribe();
}

/**
 * The part of a reader's parameters that may affect the shared track. It excludes the range of groups (see
 * `startAt` and `endAt`), because a reader that starts far in the future would otherwise stop the track for
 * all readers.
 */
const subscriptionOf = ({ priority, ordered, latencyMax }: SubscribeParameters): Track.Subscription => ({
  priority,
  ordered,
  latencyMax: Math.min(latencyMax, MAX_RETENTION_MS),
});

/** Sends the groups of one subscription, each on its own stream. */
class SubscriptionServer {
  readonly #track: Track.Subscriber;
  readonly #id: Uint8Array;
  readonly #shedder: StreamShedder;
  /** Sequence numbers of the groups being written. */
  readonly #sending = new Map<GroupStreamWriter, number>();
  /** The latest groups that were written completely, oldest first. */
  #written: GroupStreamWriter[] = [];
  #opening = 0;
  #unsubscribed = false;
  /**
   * Whether the track has ended. If it has, groups in flight are still delivered, even if the reader closes
   * the subscription.
   */
  #ended = false;
  /** The track's timescale, in units per second; 0 in versions without timestamps. */
  #scale = 0;

  constructor(track: Track.Subscriber, id: Uint8Array, shedder: StreamShedder) {
    this.#track = track;
    this.#id = id;
    this.#shedder = shedder;
  }

  /** Runs until the track ends or its reader unsubscribes. Rejects if the track or `output` fails. */
  async run(
    output: WritableStreamDefaultWriter<Uint8Array>,
    parameters: SubscribeParameters,
    version: ServedVersion,
  ): Promise<void> {
    const timed = hasTimestamps(version);
    if (timed) this.#scale = (await this.#track.info()).timescale;
    else await output.write(encodeSubscribeOk(parameters, version));
    let end = 0;
    for (;;) {
      const group = await this.#track.recvGroup();
      if (!group) break;
      if (timed && end === 0) {
        // SUBSCRIBE_START guarantees that no earlier group follows.
        this.#track.startAt(group.sequence);
        await output.write(encodeSubscribeStart(group.sequence));
      }
      end = Math.max(end, group.sequence + 1);
      if (this.#opening < MAX_OPENING) void this.#send(group);
      else group.close();
    }
    this.#ended = !this.#unsubscribed;
    if (timed && !this.#unsubscribed) await output.write(encodeSubscribeEnd(end));
    this.#track.close();
  }

  /** Applies a SUBSCRIBE_UPDATE. */
  update(parameters: SubscribeParameters): void {
    this.#track.update(subscriptionOf(parameters));
    if (parameters.startGroup !== undefined) this.#track.startAt(parameters.startGroup);
    this.#track.endAt(parameters.endGroup);
    this.#updateSendOrders();
  }

  /** Stops sending because the reader has left. Has no effect after the track has ended. */
  unsubscribe(): void {
    if (this.#ended) return;
    this.#unsubscribed = true;
    this.#track.close();
    const reason = new Error('the reader unsubscribed');
    for (const writer of this.#sending.keys()) writer.abort(reason);
    // On a slow connection, sending the data of these groups would take several more seconds and delay newer
    // data.
    for (const writer of this.#written.splice(0)) writer.discard(reason);
  }

  async #send(group: Group.Consumer): Promise<void> {
    let writer: GroupStreamWriter | undefined;
    try {
      writer = await this.#open(group.sequence);
      // Detect that the reader has cancelled the group even while no frames arrive.
      writer.closed.catch((error: unknown) => group.close(asError(error)));
      let header: Uint8Array | undefined = encodeGroupHeader(this.#id, group.sequence);
      let previous: Group.Frame | undefined;
      for (;;) {
        const frame = group.tryReadFrame() ?? (await group.readFrame());
        if (!frame) break;
        const bytes = encodeFrame(frame, previous, this.#scale);
        if (header && bytes.byteLength > SMALL_FRAME_BYTES) {
          await writer.write(header);
          header = undefined;
        }
        await writer.write(header ? concatBytes(header, bytes) : bytes);
        header = undefined;
        previous = frame;
      }
      if (header) await writer.write(header);
      await writer.close();
      if (this.#unsubscribed) writer.discard(new Error('the reader unsubscribed'));
      else this.#written = [...this.#written.slice(1 - MAX_WRITTEN), writer];
    } catch (error) {
      writer?.abort(error);
      group.close(asError(error));
    } finally {
      if (writer && this.#sending.delete(writer)) this.#updateSendOrders();
    }
  }

  async #open(sequence: number): Promise<GroupStreamWriter> {
    this.#opening += 1;
    try {
      const writer = await this.#shedder.openWriter({ sendOrder: this.#sendOrder(sequence) });
      if (this.#unsubscribed) {
        const error = new Error('the reader unsubscribed');
        writer.abort(error);
        throw error;
      }
      this.#sending.set(writer, sequence);
      this.#updateSendOrders();
      return writer;
    } finally {
      this.#opening -= 1;
    }
  }

  #updateSendOrders(): void {
    for (const [writer, sequence] of this.#sending) writer.setSendOrder(this.#sendOrder(sequence));
  }

  /**
   * Returns a group's send order. The groups in flight are ranked newest first, or oldest first if the reader
   * requested ordered delivery.
   */
  #sendOrder(sequence: number): number {
    const { priority = 0, ordered = false } = this.#track.subscription.peek() ?? {};
    let ahead = 0;
    for (const other of this.#sending.values()) if (ordered ? other < sequence : other > sequence) ahead += 1;
    return groupSendOrder(priority, ahead);
  }
}
