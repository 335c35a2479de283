import { concatBytes } from '../../common/moq/bytes.ts';
import { readServerSetup, restrictClientSetup, type SessionVersion } from './lite-version.ts';
import { MAX_MESSAGE_BYTES, type StreamInput, StreamViolation } from './stream-input.ts';

/**
 * The structure of each stream in moq-lite 01 to 05 (`js/net/src/lite` in moq-dev/moq). Each generator yields a stream in
 * pieces that moq-net can decode without waiting: whole messages and whole frames. A stream with a different structure, or
 * with a message or frame above its limit, fails with a StreamViolation.
 */

/** The types of bidirectional streams. Setup streams are the first streams of sessions that negotiate their version. */
export const StreamType = {
  announce: 1,
  subscribe: 2,
  fetch: 3,
  probe: 4,
  track: 6,
  clientSetup: 0x20,
  serverSetup: 0x21,
} as const;

const UniType = { group: 0, setup: 1 } as const;

/** Maximum size of a frame in bytes. A keyframe of 4K video has one or two megabytes. */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;

type Pieces = AsyncGenerator<Uint8Array, void>;

/** Everything that follows the first message of a stream that the peer opened. */
export async function* afterRequest(type: number, input: StreamInput): Pieces {
  // Only a subscription can be updated. In setup streams, the peer reports its bit rate.
  if (type === StreamType.subscribe || type === StreamType.clientSetup) yield* messages(input);
  else if (await input.has(1)) throw new StreamViolation('the peer sent data after its request');
}

/** The first message of a setup stream, without versions that sessions do not use. Ends the stream type's part. */
export async function clientSetup(input: StreamInput, version: SessionVersion): Promise<Uint8Array> {
  const body = restrictClientSetup(await setupBody(input), version);
  return concatBytes(Uint8Array.of(body.byteLength >> 8, body.byteLength & 0xff), body);
}

/** The peer's answers on a stream of the given type that this side opened. */
export async function* reply(type: number, input: StreamInput, version: SessionVersion): Pieces {
  if (type === StreamType.clientSetup) {
    yield* setupReply(input, version);
    return;
  }
  const number = version.current;
  if (number === undefined) throw new StreamViolation('the stream was opened before the handshake');
  switch (type) {
    case StreamType.announce:
    case StreamType.probe:
      yield* messages(input);
      return;
    case StreamType.track:
      yield* first(messages(input));
      return;
    case StreamType.subscribe:
      // Since version 03, a type precedes each message.
      if (number >= 5) yield* messages(input, 1);
      else {
        yield* first(messages(input, number >= 3 ? 1 : 0));
        // moq-net reads no further messages, but waits for the end of the stream.
        await input.discard();
      }
      return;
    case StreamType.fetch:
      yield* frames(input, number);
      return;
    default:
      throw new StreamViolation(`unknown stream type: ${type}`);
  }
}

/** A unidirectional stream of the peer: a group, or since version 05 a SETUP message. */
export async function* unidirectional(input: StreamInput, version: SessionVersion): Pieces {
  const typeEnd = await input.varintEnd();
  if (typeEnd === undefined) return;
  const type = input.numberAt(0, typeEnd);
  const number = version.current;
  if (number === undefined) throw new StreamViolation('the stream was opened before the handshake');
  if (type === UniType.group) {
    yield* first(messages(input, 1));
    yield* frames(input, number);
  } else if (type === UniType.setup && number >= 5) {
    yield* first(messages(input, 1));
    if (await input.has(1)) throw new StreamViolation('the peer sent data after its setup');
  } else throw new StreamViolation(`unknown stream type: ${type}`);
}

async function* setupReply(input: StreamInput, version: SessionVersion): Pieces {
  const typeEnd = await input.varintEnd();
  if (typeEnd === undefined) return;
  if (input.numberAt(0, typeEnd) !== StreamType.serverSetup) {
    throw new StreamViolation('the peer did not answer with a server setup');
  }
  const type = input.take(typeEnd);
  const body = await setupBody(input);
  readServerSetup(body, version);
  yield concatBytes(type, Uint8Array.of(body.byteLength >> 8, body.byteLength & 0xff), body);
  yield* messages(input);
}

/** Unlike all other messages, SETUP messages have a length of two bytes. */
async function setupBody(input: StreamInput): Promise<Uint8Array> {
  if (!(await input.has(2))) throw new StreamViolation('the stream ended early');
  const [high = 0, low = 0] = input.take(2);
  const size = high * 256 + low;
  if (!(await input.has(size))) throw new StreamViolation('the stream ended early');
  return input.take(size);
}

/** @param typeVarints how many varints precede the length of each message */
async function* messages(input: StreamInput, typeVarints = 0): Pieces {
  for (;;) {
    const item = await input.item(typeVarints, MAX_MESSAGE_BYTES);
    if (!item) return;
    yield input.take(item.size);
  }
}

/** Since version 05, each frame has a timestamp. */
async function* frames(input: StreamInput, version: number): Pieces {
  for (;;) {
    const item = await input.item(version >= 5 ? 1 : 0, MAX_FRAME_BYTES);
    if (!item) return;
    // The frame must not be in a variable, which would keep it while the stream waits for the next frame.
    yield input.take(item.size);
  }
}

async function* first(pieces: Pieces): Pieces {
  const { value, done } = await pieces.next();
  if (!done) yield value;
}

/**
 * Creates a stream of `pieces`. If they fail, the peer's stream is cancelled.
 *
 * @param ahead how many pieces are read before somebody reads them: one detects the end of a stream without readers
 */
export function streamOf(
  input: Pick<StreamInput, 'cancel'>,
  pieces: Pieces,
  ahead: 0 | 1,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await pieces.next();
          if (!done) {
            controller.enqueue(value);
            return;
          }
          controller.close();
          input.cancel(undefined);
        } catch (error) {
          controller.error(error);
          input.cancel(error);
        }
      },
      cancel(reason) {
        input.cancel(reason);
      },
    },
    { highWaterMark: ahead },
  );
}
