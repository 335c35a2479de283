import { concatBytes } from '../../common/moq/bytes.ts';
import { processTurn } from '../base/turn-limit.ts';
import { readServerSetup, restrictClientSetup, type SessionVersion } from './lite-version.ts';
import { MAX_MESSAGE_BYTES, type StreamInput, StreamViolation } from './stream-input.ts';

/**
 * The structure of each stream in moq-lite 01 to 05 (`js/net/src/lite` in moq-dev/moq). Each function splits
 * a stream into whole messages and frames, because moq-net can decode these without waiting. Fails with a
 * StreamViolation if the structure is different, or if a message or frame is too large.
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

/**
 * Extra cost of each announcement, in units of `processTurn`: moq-net and the Origin take more than 100 µs to
 * process one.
 */
const ANNOUNCEMENT_UNITS = 15;

/** Maximum size of a frame in bytes. A keyframe of 4K video is one or two megabytes long. */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/**
 * Returns the next piece of a stream, or undefined at its end. Not a generator, because `yield*` would keep
 * the last piece in memory while it waits for the next.
 */
export type Pieces = () => Promise<Uint8Array | undefined>;

/** Returns the pieces that follow the first message on a stream that the peer opened. */
export function afterRequest(type: number, input: StreamInput): Pieces {
  // The peer may send updates on a subscription, and its bit rate on a setup stream. Nothing may follow other
  // requests.
  if (type === StreamType.subscribe || type === StreamType.clientSetup) return messages(input);
  return async () => {
    if (await input.has(1)) throw new StreamViolation('the peer sent data after its request');
    return undefined;
  };
}

/** Returns the first message of a setup stream, without the stream type and the versions that sessions do not use. */
export async function clientSetup(input: StreamInput, version: SessionVersion): Promise<Uint8Array> {
  const body = restrictClientSetup(await setupBody(input), version);
  return concatBytes(Uint8Array.of(body.byteLength >> 8, body.byteLength & 0xff), body);
}

/**
 * Returns the peer's answers on a stream of the given type that this side opened.
 *
 * @throws StreamViolation if the type is unknown or the version has not been negotiated yet
 */
export function reply(type: number, input: StreamInput, version: SessionVersion): Pieces {
  if (type === StreamType.clientSetup) return firstThen(() => setupReply(input, version), messages(input));
  const number = version.current;
  if (number === undefined) throw new StreamViolation('the stream was opened before the handshake');
  switch (type) {
    case StreamType.announce:
      return announcements(input);
    case StreamType.probe:
      return messages(input);
    case StreamType.track:
      return firstThen(messages(input), async () => undefined);
    case StreamType.subscribe:
      // Since version 03, a type precedes each message. Since version 05, moq-net reads any number of messages.
      if (number >= 5) return messages(input, 1);
      // In older versions, moq-net reads only one message and then waits for the end of the stream.
      return firstThen(messages(input, number >= 3 ? 1 : 0), async () => {
        await input.discard();
        return undefined;
      });
    case StreamType.fetch:
      return frames(input, number);
    default:
      throw new StreamViolation(`unknown stream type: ${type}`);
  }
}

/** Returns the pieces of a unidirectional stream from the peer: a group or, since version 05, a SETUP message. */
export function unidirectional(input: StreamInput, version: SessionVersion): Pieces {
  let rest: Pieces | undefined;
  return async () => {
    if (rest) return rest();
    const typeEnd = await input.varintEnd();
    if (typeEnd === undefined) return undefined;
    const type = input.numberAt(0, typeEnd);
    const number = version.current;
    if (number === undefined) throw new StreamViolation('the stream was opened before the handshake');
    if (type === UniType.group) rest = frames(input, number);
    else if (type === UniType.setup && number >= 5) {
      rest = async () => {
        if (await input.has(1)) throw new StreamViolation('the peer sent data after its setup');
        return undefined;
      };
    } else throw new StreamViolation(`unknown stream type: ${type}`);
    return messages(input, 1)();
  };
}

async function setupReply(input: StreamInput, version: SessionVersion): Promise<Uint8Array | undefined> {
  const typeEnd = await input.varintEnd();
  if (typeEnd === undefined) return undefined;
  if (input.numberAt(0, typeEnd) !== StreamType.serverSetup) {
    throw new StreamViolation('the peer did not answer with a server setup');
  }
  const type = input.take(typeEnd);
  const body = await setupBody(input);
  readServerSetup(body, version);
  return concatBytes(type, Uint8Array.of(body.byteLength >> 8, body.byteLength & 0xff), body);
}

/** Reads the body of a SETUP message. Its length field has two bytes; in other messages, it is a varint. */
async function setupBody(input: StreamInput): Promise<Uint8Array> {
  if (!(await input.has(2))) throw new StreamViolation('the stream ended early');
  const [high = 0, low = 0] = input.take(2);
  const size = high * 256 + low;
  if (!(await input.has(size))) throw new StreamViolation('the stream ended early');
  return input.take(size);
}

/** @param typeVarints how many varints precede the length of each message */
function messages(input: StreamInput, typeVarints = 0): Pieces {
  return () => nextItem(input, typeVarints, MAX_MESSAGE_BYTES);
}

function announcements(input: StreamInput): Pieces {
  return async () => {
    await processTurn.take(ANNOUNCEMENT_UNITS);
    return nextItem(input, 0, MAX_MESSAGE_BYTES);
  };
}

/** Returns the frames of a group. Since version 05, each frame has a timestamp. */
function frames(input: StreamInput, version: number): Pieces {
  return () => nextItem(input, version >= 5 ? 1 : 0, MAX_FRAME_BYTES);
}

async function nextItem(
  input: StreamInput,
  skipped: number,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const item = await input.item(skipped, maxBytes);
  return item && input.take(item.size);
}

/** Returns the first piece of `first`, followed by all pieces of `rest`. */
export function firstThen(first: Pieces, rest: Pieces): Pieces {
  let next = first;
  return () => {
    const current = next;
    next = rest;
    return current();
  };
}

/**
 * Creates a stream of `pieces`. Cancels the peer's stream if a piece cannot be read.
 *
 * @param ahead how many pieces are read in advance; 1 detects the end of a stream that has no reader
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
          const piece = await pieces();
          if (piece) {
            controller.enqueue(piece);
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
