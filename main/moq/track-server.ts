import type { Broadcast, Group, Path } from 'moq-net';
import { asError } from '../../common/base/errors.ts';
import { groupSendOrder } from './group-send-order.ts';
import type { BidiStream } from './request-interceptor.ts';
import { serveStream } from './served-stream.ts';
import { encodeFrame } from './subscription-wire.ts';
import { decodeFetch, decodeTrack, encodeTrackInfo } from './track-wire.ts';

/**
 * Serves TRACK and FETCH requests in place of moq-net, for moq-lite 05. moq-net remembers the properties of each requested
 * track for as long as the session lasts. Publishers before version 05 send no properties, so a request for any name is
 * answered. A reader could therefore fill the memory by requesting thousands of names. This server remembers nothing;
 * the Origin has a small cache.
 */

/** Returns the broadcast that the session may read at a path, or undefined if there is none. */
type FindBroadcast = (path: Path.Valid) => Broadcast.Producer | undefined;

/** How long a publisher may take to answer, and a reader to read one frame, in ms. */
const TIMEOUT_MS = 10_000;
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
      const info = await inTime(this.#find(broadcast).resolveTrackInfo(track));
      await inTime(output.write(encodeTrackInfo(info)));
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
      const { timescale } = await inTime(source.resolveTrackInfo(track));
      const group = await inTime(source.fetchGroup(track, sequence, { priority }));
      output.closed.catch((error: unknown) => group.close(asError(error)));
      try {
        await sendFrames(group, output, timescale);
        group.close();
      } catch (error) {
        group.close(asError(error));
        throw error;
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

async function sendFrames(
  group: Group.Consumer,
  output: WritableStreamDefaultWriter<Uint8Array>,
  timescale: number,
): Promise<void> {
  let previous: Group.Frame | undefined;
  for (;;) {
    const frame = await group.readFrame();
    if (!frame) return;
    await inTime(output.write(encodeFrame(frame, previous, timescale)));
    previous = frame;
  }
}

/** Rejects if `work` takes longer than `TIMEOUT_MS`. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('timed out')), TIMEOUT_MS);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
