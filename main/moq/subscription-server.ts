import type { Broadcast, Group, Path, Track } from 'moq-net';
import { asError, messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import type { BidiStream } from './requests.ts';
import type { GuardedWriter, StallGuard } from './stream-shedding.ts';
import {
  decodeSubscribe,
  decodeWanted,
  encodeEnd,
  encodeFrame,
  encodeGroup,
  encodeOk,
  encodeStart,
  hasTimes,
  joined,
  MessageReader,
  type ServedVersion,
  type Wanted,
} from './subscription-wire.ts';

/**
 * Serves subscriptions in the library's place, which does it well but dearly: it holds some kilobytes for each group
 * sent until the subscription ends (a race against a promise that lasts), writes each frame in three pieces, and
 * encodes it for each reader. Here a frame is encoded once for all, and nothing outlives its group.
 *
 * Datagrams of tracks are not forwarded; no player of the field uses them.
 */
export interface ServeOptions {
  version: ServedVersion;
  find: (path: Path.Valid) => Broadcast.Producer | undefined;
  streams: StallGuard;
}

/** Groups that wait for a stream at once: the reader is at the limit that it set. What comes meanwhile is dropped. */
const MAX_OPENING = 8;
/**
 * Groups that were written whole and may still be on their way to a slow reader, of one subscription: some seconds of
 * picture. Of sound it is a moment, which matters little.
 */
const MAX_WRITTEN = 8;
/** A frame this small, in bytes, is joined with what begins its stream. */
const SMALL_BYTES = 4 * 1024;
/** Send orders are negative, so that control streams, at 0, come first; a track's priority outweighs any position. */
const POSITIONS = 2 ** 44;
const MAX_PRIORITY = 255;

/** Serves one subscription until either side ends it. Takes over the stream. Never rejects. */
export async function serve(stream: BidiStream, options: ServeOptions): Promise<void> {
  const input = new MessageReader(stream.readable);
  const output = stream.writable.getWriter();
  output.closed.catch(() => undefined);
  let track: Track.Subscriber | undefined;
  try {
    await input.varint();
    const body = await input.message();
    if (!body) return;
    const request = decodeSubscribe(body, options.version);
    track = options.find(request.broadcast)?.subscribe(request.track, subscriptionOf(request));
    if (!track) throw new Error('not found');
    track.startAt(request.startGroup ?? track.latest() ?? 0);
    track.endAt(request.endGroup);
    const subscription = new Served(track, request.id, options.streams);
    void follow(input, subscription, options.version);
    await subscription.run(output, request, options.version);
    output.close().catch(() => undefined);
    input.cancel(undefined);
  } catch (error) {
    log.debug(`subscription: ${messageOf(error)}`);
    track?.close(asError(error));
    output.abort(error).catch(() => undefined);
    input.cancel(error);
  }
}

/** Reads updates until the reader leaves. */
async function follow(input: MessageReader, subscription: Served, version: ServedVersion): Promise<void> {
  try {
    for (;;) {
      const body = await input.message();
      if (!body) break;
      subscription.update(decodeWanted(body, version));
    }
  } catch (error) {
    log.debug(`subscription: its reader left: ${messageOf(error)}`);
  }
  subscription.leave();
}

const subscriptionOf = ({
  priority,
  ordered,
  latencyMax,
  startGroup,
  endGroup,
}: Wanted): Track.Subscription => ({
  priority,
  ordered,
  latencyMax,
  ...(startGroup === undefined ? {} : { startGroup }),
  ...(endGroup === undefined ? {} : { endGroup }),
});

/** One subscription that is served: its groups, each on a stream of its own. */
class Served {
  readonly #track: Track.Subscriber;
  readonly #id: Uint8Array;
  readonly #streams: StallGuard;
  readonly #sending = new Map<GuardedWriter, number>();
  #written: GuardedWriter[] = [];
  #opening = 0;
  #left = false;
  /** The track is over: its reader is not there to hear more, and has all the same what is on its way. */
  #ended = false;
  #scale = 0;

  constructor(track: Track.Subscriber, id: Uint8Array, streams: StallGuard) {
    this.#track = track;
    this.#id = id;
    this.#streams = streams;
  }

  /** Until the track ends or its reader leaves. */
  async run(
    output: WritableStreamDefaultWriter<Uint8Array>,
    wanted: Wanted,
    version: ServedVersion,
  ): Promise<void> {
    const timed = hasTimes(version);
    if (timed) this.#scale = (await this.#track.info()).timescale;
    else await output.write(encodeOk(wanted, version));
    let end = 0;
    for (;;) {
      const group = await this.#track.recvGroup();
      if (!group) break;
      if (timed && end === 0) {
        // Nothing below the first is sent from then on.
        this.#track.startAt(group.sequence);
        await output.write(encodeStart(group.sequence));
      }
      end = Math.max(end, group.sequence + 1);
      if (this.#opening < MAX_OPENING) void this.#send(group);
      else group.close();
    }
    this.#ended = !this.#left;
    if (timed && !this.#left) await output.write(encodeEnd(end));
    this.#track.close();
  }

  update(wanted: Wanted): void {
    this.#track.update(subscriptionOf(wanted));
    if (wanted.startGroup !== undefined) this.#track.startAt(wanted.startGroup);
    this.#track.endAt(wanted.endGroup);
    this.#rank();
  }

  /** The reader does not want it any more. */
  leave(): void {
    if (this.#ended) return;
    this.#left = true;
    this.#track.close();
    const left = new Error('the reader left');
    for (const writer of this.#sending.keys()) writer.abort(left);
    // On a link that is too slow they would go on being sent for seconds, in the way of what is read instead.
    for (const writer of this.#written.splice(0)) writer.discard(left);
  }

  async #send(group: Group.Consumer): Promise<void> {
    let writer: GuardedWriter | undefined;
    try {
      writer = await this.#open(group.sequence);
      // Its reader may give the group up while no frame comes.
      writer.closed.catch((error: unknown) => group.close(asError(error)));
      let head: Uint8Array | undefined = encodeGroup(this.#id, group.sequence);
      let before: Group.Frame | undefined;
      for (;;) {
        const frame = group.tryReadFrame() ?? (await group.readFrame());
        if (!frame) break;
        const bytes = encodeFrame(frame, before, this.#scale);
        if (head && bytes.byteLength > SMALL_BYTES) {
          await writer.write(head);
          head = undefined;
        }
        await writer.write(head ? joined(head, bytes) : bytes);
        head = undefined;
        before = frame;
      }
      if (head) await writer.write(head);
      await writer.close();
      if (this.#left) writer.discard(new Error('the reader left'));
      else this.#written = [...this.#written.slice(1 - MAX_WRITTEN), writer];
    } catch (error) {
      writer?.abort(error);
      group.close(asError(error));
    } finally {
      if (writer && this.#sending.delete(writer)) this.#rank();
    }
  }

  async #open(sequence: number): Promise<GuardedWriter> {
    this.#opening += 1;
    try {
      const writer = await this.#streams.openWriter({ sendOrder: this.#sendOrder(sequence) });
      if (this.#left) {
        const late = new Error('the reader left');
        writer.abort(late);
        throw late;
      }
      this.#sending.set(writer, sequence);
      this.#rank();
      return writer;
    } finally {
      this.#opening -= 1;
    }
  }

  /** Groups under way are ranked against each other: the newest first, or in order if so wanted. */
  #rank(): void {
    for (const [writer, sequence] of this.#sending) writer.setSendOrder(this.#sendOrder(sequence));
  }

  #sendOrder(sequence: number): number {
    const { priority = 0, ordered = false } = this.#track.subscription.peek() ?? {};
    let ahead = 0;
    for (const other of this.#sending.values()) if (ordered ? other < sequence : other > sequence) ahead += 1;
    return -((MAX_PRIORITY - Math.min(priority, MAX_PRIORITY)) * POSITIONS + ahead + 1);
  }
}
