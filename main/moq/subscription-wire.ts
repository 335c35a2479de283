import { type Group, Path, type Time, Varint } from 'moq-net';
import { concatBytes } from '../../common/moq/bytes.ts';
import type { WireReader } from './wire-reader.ts';
import { withLength } from './wire-writer.ts';

/** Encodes and decodes the messages of a subscription in moq-lite 02 to 05 (`js/net/src/lite` in moq-dev/moq). */

/**
 * Whether this file implements a version's subscriptions. The versions are listed explicitly, because later
 * versions may differ.
 */
export function isServedVersion(version: string): version is ServedVersion {
  return (SERVED_VERSIONS as readonly string[]).includes(version);
}

/**
 * Version 02 is listed for browsers, which use it over WebTransport because the addon cannot select a newer
 * version.
 */
const SERVED_VERSIONS = ['moq-lite-02', 'moq-lite-03', 'moq-lite-04', 'moq-lite-05'] as const;

/** A moq-lite version whose subscriptions this file implements. */
export type ServedVersion = (typeof SERVED_VERSIONS)[number];

/**
 * Whether a subscription has an order, a group range and a maximum latency. In moq-lite-02, it has only a
 * priority.
 */
const hasGroupRange = (version: ServedVersion): boolean => version !== 'moq-lite-02';

/**
 * Whether tracks have a timescale, frames have timestamps, and the server sends SUBSCRIBE_START and
 * SUBSCRIBE_END.
 */
export const hasTimestamps = (version: ServedVersion): boolean => version === 'moq-lite-05';

/** The part of a subscription that its reader may update. */
export interface SubscribeParameters {
  /** The priority from 0 to 255. Tracks with a higher number are sent first. */
  priority: number;
  /** Whether older groups are sent before newer groups. */
  ordered: boolean;
  /** Maximum latency of the track's delivery, in milliseconds. */
  latencyMax: number;
  /** Sequence number of the first group. Undefined means the latest group. */
  startGroup: number | undefined;
  /** Sequence number of the last group, inclusive. Undefined means no end. */
  endGroup: number | undefined;
}

/** A SUBSCRIBE message. */
export interface SubscribeMessage extends SubscribeParameters {
  /** The subscription id as an encoded varint. It is sent with every group. */
  id: Uint8Array;
  broadcast: Path.Valid;
  track: string;
}

/**
 * Decodes the body of a SUBSCRIBE message.
 *
 * @throws Error if it is malformed
 */
export function decodeSubscribe(body: WireReader, version: ServedVersion): SubscribeMessage {
  const id = body.encodedVarint();
  const broadcast = Path.decode(body.text());
  const track = body.text();
  return { id, broadcast, track, ...decodeSubscribeUpdate(body, version) };
}

/**
 * Decodes the body of a SUBSCRIBE_UPDATE message. The end of a SUBSCRIBE message has the same format.
 *
 * @throws Error if it is malformed
 */
export function decodeSubscribeUpdate(body: WireReader, version: ServedVersion): SubscribeParameters {
  if (!hasGroupRange(version)) {
    const [priority = 0] = body.bytes(1);
    body.end();
    return { priority, ordered: false, latencyMax: 0, startGroup: undefined, endGroup: undefined };
  }
  const [priority = 0, ordered = 0] = body.bytes(2);
  const latencyMax = body.varint();
  const startGroup = optionalGroup(body.varint());
  const endGroup = optionalGroup(body.varint());
  body.end();
  return { priority, ordered: ordered === 1, latencyMax, startGroup, endGroup };
}

/** Encodes a SUBSCRIBE message of moq-lite 05, without the stream's type. */
export function encodeSubscribe({ id, broadcast, track, ...parameters }: SubscribeMessage): Uint8Array {
  const texts = [broadcast, track].map((text) => withLength(new TextEncoder().encode(text)));
  return withLength(id, ...texts, parameterFields(parameters));
}

/** Encodes a SUBSCRIBE_UPDATE message of moq-lite 05. */
export function encodeSubscribeUpdate(parameters: SubscribeParameters): Uint8Array {
  return withLength(parameterFields(parameters));
}

function parameterFields(parameters: SubscribeParameters): Uint8Array {
  const { priority, ordered, latencyMax, startGroup, endGroup } = parameters;
  const groups = [startGroup, endGroup].map((group) => (group === undefined ? 0 : group + 1));
  const numbers = [latencyMax, ...groups].map((number) => Varint.encode(number));
  return concatBytes(Uint8Array.of(priority, ordered ? 1 : 0), ...numbers);
}

/** Decodes an optional sequence number, which is encoded as the number + 1; 0 means absent. */
const optionalGroup = (value: number): number | undefined => (value === 0 ? undefined : value - 1);

/** Encodes SUBSCRIBE_OK, the first message of a response in versions before 05. */
export function encodeSubscribeOk(parameters: SubscribeParameters, version: ServedVersion): Uint8Array {
  // In moq-lite-02, the message has neither a type nor fields.
  if (!hasGroupRange(version)) return Varint.encode(0);
  return encodeMessage(0, parameterFields(parameters));
}

/** Encodes SUBSCRIBE_START, which names the first group that will be sent. */
export function encodeSubscribeStart(sequence: number): Uint8Array {
  return encodeMessage(0, Varint.encode(sequence));
}

/** Encodes SUBSCRIBE_END, which names the first group that will not be sent. */
export function encodeSubscribeEnd(sequence: number): Uint8Array {
  return encodeMessage(1, Varint.encode(sequence));
}

/** Encodes the header of a group stream. `subscriptionId` is an encoded varint. */
export function encodeGroupHeader(subscriptionId: Uint8Array, sequence: number): Uint8Array {
  return encodeMessage(0, subscriptionId, Varint.encode(sequence));
}

function encodeMessage(type: number, ...fields: Uint8Array[]): Uint8Array {
  return concatBytes(Varint.encode(type), withLength(...fields));
}

/** Caches encoded frames, so that each frame is encoded once for all readers. */
const encodedFrames = new WeakMap<Group.Frame, { scale: number; bytes: Uint8Array }>();

/**
 * Encodes a frame. Its timestamp is the difference from `previous`, the preceding frame in the group, in units
 * of 1/`scale` seconds. A `scale` of 0 means no timestamp, as in versions before 05.
 */
export function encodeFrame(
  frame: Group.Frame,
  previous: Group.Frame | undefined,
  scale: number,
): Uint8Array {
  const known = encodedFrames.get(frame);
  if (known?.scale === scale) return known.bytes;
  const size = Varint.encode(frame.payload.byteLength);
  const previousTime = previous ? timestampIn(previous, scale) : 0n;
  const bytes =
    scale === 0
      ? concatBytes(size, frame.payload)
      : concatBytes(encodeZigzag(timestampIn(frame, scale) - previousTime), size, frame.payload);
  encodedFrames.set(frame, { scale, bytes });
  return bytes;
}

function timestampIn(frame: Group.Frame, scale: number): bigint {
  return BigInt(Math.round(frame.timestamp.as(scale as Time.Timescale)));
}

/** Zigzag encoding maps small differences of either sign to short varints. */
function encodeZigzag(value: bigint): Uint8Array {
  return Varint.encode(value >= 0n ? value << 1n : (-value << 1n) - 1n);
}
