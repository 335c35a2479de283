import type { Broadcast, Group, Path, Track } from 'moq-net';
import { asError } from '../../common/base/errors.ts';
import { withinTime } from '../base/within-time.ts';
import { groupSendOrder } from './group-send-order.ts';
import type { BidiStream } from './request-interceptor.ts';
import { serveStream } from './served-stream.ts';
import { encodeFrame } from './subscription-wire.ts';
import { decodeFetch, decodeTrack, encodeTrackInfo } from './track-wire.ts';

/**
 * Serves TRACK and FETCH requests of moq-lite 05 in place of moq-net. moq-net remembers the properties of each
 * requested track until the session ends, and older publishers accept requests for any name, so a reader could
 * exhaust the memory. This server remembers nothing; the Origin has a small cache.
 */

/** Returns the broadcast that the session may read at a path, or undefined if there is none. */
type FindBroadcast = (path: Path.Valid) => Broadcast.Producer | undefined;

/** Timeout for a publisher's answer, and for a reader to read one frame, in ms. */
const LIMIT = { timeoutMs: 10_000 };
/** Maximum number of FETCH requests that one session may have open at a time. Each keeps a whole group in memory. */
const MAX_FETCHES = 4;

/** Serves the TRACK and FETCH requests of one session. */
export class TrackServer {
  readonly #findBroadcast: FindBroadcast;
  #fetches = 0;

  constructor(findBroadcast: FindBroadcast) {
    this.#findBroadcast = findBroadcast;
  }

  /** Answers a TRACK request. Takes ownership of the stream. Never rejects. */
  serveTrack(stream: BidiStream): Promise<void> {
    return serveStream('track request', stream, async (input, output) => {
      const body = await input.message();
      if (!body) throw new Error('the stream ended early');
      const { broadcast, track } = decodeTrack(body);
      const info = await withinTime(this.#find(broadcast).resolveTrackInfo(track), LIMIT);
      await withinTime(output.write(encodeTrackInfo(info)), LIMIT);
    });
  }

  /** Answers a FETCH request. Takes ownership of the stream. Never rejects. */
  async serveFetch(stream: BidiStream): Promise<void> {
    this.#fetches += 1;
    await serveStream('fetch', stream, async (input, output) => {
      if (this.#fetches > MAX_FETCHES) throw new Error('too many fetches');
      const body = await input.message();
      if (!body) throw new Error('the stream ended early');
      const { broadcast, track, priority, group: sequence } = decodeFetch(body);
      Object.assign(stream.writable, { sendOrder: groupSendOrder(priority, 0) });
      const source = this.#find(broadcast);
      const { timescale } = await withinTime(source.resolveTrackInfo(track), LIMIT);
      const ended = new AbortController();
      output.closed.catch((error: unknown) => ended.abort(error));
      // moq-net's `fetchGroup` is not used, because it cannot be cancelled. If the group never arrived, it
      // would stay subscribed until the track ends.
      const subscriber = source.subscribe(track, { priority });
      try {
        const discard = (late: Group.Consumer) => late.close();
        const found = findGroup(subscriber, sequence);
        const group = await withinTime(found, { ...LIMIT, signal: ended.signal, discard });
        await sendGroup(group, output, { timescale, signal: ended.signal });
      } finally {
        subscriber.close();
      }
    });
    this.#fetches -= 1;
  }

  #find(path: Path.Valid): Broadcast.Producer {
    const broadcast = this.#findBroadcast(path);
    if (!broadcast) throw new Error('not found');
    return broadcast;
  }
}

/** Waits for a group of a track. Rejects if a later group arrives first or the track ends. */
async function findGroup(track: Track.Subscriber, sequence: number): Promise<Group.Consumer> {
  for (;;) {
    const group = await track.recvGroup();
    if (group?.sequence === sequence) return group;
    group?.close();
    if (!group || group.sequence > sequence) throw new Error(`group not found: ${sequence}`);
  }
}

/** Sends a group until it ends or `signal` is aborted, and then closes it. */
async function sendGroup(
  group: Group.Consumer,
  output: WritableStreamDefaultWriter<Uint8Array>,
  { timescale, signal }: { timescale: number; signal: AbortSignal },
): Promise<void> {
  const end = () => group.close(asError(signal.reason));
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    let previous: Group.Frame | undefined;
    for (;;) {
      const frame = await group.readFrame();
      if (!frame) break;
      await withinTime(output.write(encodeFrame(frame, previous, timescale)), LIMIT);
      previous = frame;
    }
    group.close();
  } catch (error) {
    group.close(asError(error));
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}
