import { type Group, Path, type Time, Varint } from 'moq-net';

/** The messages of a subscription, as moq-lite 02 to 05 have them (`js/net/src/lite` in moq-dev/moq). */

/** Whether subscriptions of a version are of one of these forms. Listed, because later ones may differ. */
export function isServed(version: string): version is ServedVersion {
  return (servedVersions as readonly string[]).includes(version);
}

/** 02 is what browsers speak over WebTransport: there the addon cannot choose a newer one. */
const servedVersions = ['moq-lite-02', 'moq-lite-03', 'moq-lite-04', 'moq-lite-05'] as const;
export type ServedVersion = (typeof servedVersions)[number];

/** Whether a subscription says more than its priority: the order, the range, how late groups may be. */
const hasRange = (version: ServedVersion): boolean => version !== 'moq-lite-02';

/** Whether tracks have a scale for times, frames have times, and the range that comes is told as it is known. */
export const hasTimes = (version: ServedVersion): boolean => version === 'moq-lite-05';

export interface Wanted {
  priority: number;
  ordered: boolean;
  latencyMax: number;
  startGroup: number | undefined;
  endGroup: number | undefined;
}

export interface SubscribeRequest extends Wanted {
  /** Up to 62 bits, sent back with every group. */
  id: Uint8Array;
  broadcast: Path.Valid;
  track: string;
}

/** The largest message taken, in bytes: a path of 32 parts and a track name, with room. */
const MAX_MESSAGE_BYTES = 16 * 1024;

/** Reads messages off a stream. */
export class MessageReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  /** Takes over the stream. */
  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader();
  }

  /** Undefined at the end of the stream. */
  async varint(): Promise<number | undefined> {
    if (!(await this.#fill(1))) return undefined;
    const size = 1 << ((this.#rest[0] ?? 0) >> 6);
    if (!(await this.#fill(size))) throw new Error('unexpected end of stream');
    const [value, rest] = Varint.decode(this.#rest);
    this.#rest = rest;
    return value;
  }

  /** The next message's body; undefined at the end of the stream. */
  async message(): Promise<Body | undefined> {
    const size = await this.varint();
    if (size === undefined) return undefined;
    if (size > MAX_MESSAGE_BYTES) throw new Error(`a message of ${size} bytes`);
    if (!(await this.#fill(size))) throw new Error('unexpected end of stream');
    const body = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return new Body(body);
  }

  cancel(reason: unknown): void {
    this.#reader.cancel(reason).catch(() => undefined);
  }

  /** False when the stream ends before there are that many bytes. */
  async #fill(bytes: number): Promise<boolean> {
    while (this.#rest.byteLength < bytes) {
      const { value, done } = await this.#reader.read();
      if (done) return false;
      this.#rest = this.#rest.byteLength === 0 ? value : joined(this.#rest, value);
    }
    return true;
  }
}

/** Reads the fields of one message. */
class Body {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  /** A varint as it stands. */
  raw(): Uint8Array {
    return this.bytes(1 << ((this.#rest[0] ?? 0) >> 6));
  }

  varint(): number {
    const [value, rest] = Varint.decode(this.#rest);
    this.#rest = rest;
    return value;
  }

  bytes(count: number): Uint8Array {
    if (this.#rest.byteLength < count) throw new Error('a field is longer than its message');
    const found = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return found;
  }

  text(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes(this.varint()));
  }

  end(): void {
    if (this.#rest.byteLength > 0) throw new Error('a message is longer than its fields');
  }
}

/** @throws Error when it is none */
export function decodeSubscribe(body: Body, version: ServedVersion): SubscribeRequest {
  const id = body.raw();
  const broadcast = Path.decode(body.text());
  const track = body.text();
  return { id, broadcast, track, ...decodeWanted(body, version) };
}

/** What an update of a subscription is, and the second half of its request. */
export function decodeWanted(body: Body, version: ServedVersion): Wanted {
  if (!hasRange(version)) {
    const [priority = 0] = body.bytes(1);
    body.end();
    return { priority, ordered: false, latencyMax: 0, startGroup: undefined, endGroup: undefined };
  }
  const [priority = 0, ordered = 0] = body.bytes(2);
  const latencyMax = body.varint();
  const startGroup = group(body.varint());
  const endGroup = group(body.varint());
  body.end();
  return { priority, ordered: ordered === 1, latencyMax, startGroup, endGroup };
}

/** Groups are one more on the wire; 0 is none. */
const group = (value: number): number | undefined => (value === 0 ? undefined : value - 1);

/** The answer that old versions begin with. */
export function encodeOk(wanted: Wanted, version: ServedVersion): Uint8Array {
  // A message of no fields, and of no type.
  if (!hasRange(version)) return Varint.encode(0);
  const { priority, ordered, latencyMax, startGroup, endGroup } = wanted;
  const fields = [
    latencyMax,
    startGroup === undefined ? 0 : startGroup + 1,
    endGroup === undefined ? 0 : endGroup + 1,
  ];
  return response(
    0,
    Uint8Array.of(priority, ordered ? 1 : 0),
    ...fields.map((field) => Varint.encode(field)),
  );
}

/** The first group that comes. */
export function encodeStart(sequence: number): Uint8Array {
  return response(0, Varint.encode(sequence));
}

/** The first group that does not come. */
export function encodeEnd(sequence: number): Uint8Array {
  return response(1, Varint.encode(sequence));
}

/** How a group's stream begins. */
export function encodeGroup(subscription: Uint8Array, sequence: number): Uint8Array {
  return response(0, subscription, Varint.encode(sequence));
}

function response(type: number, ...fields: Uint8Array[]): Uint8Array {
  const body = joined(...fields);
  return joined(Varint.encode(type), Varint.encode(body.byteLength), body);
}

/** A frame, as it stands on the wire, for all who read it: encoded once. */
const encoded = new WeakMap<Group.Frame, { scale: number; bytes: Uint8Array }>();

/**
 * A frame as it stands on the wire. Its time is told by the distance from the frame before, in units of the track;
 * `scale` 0: not at all, as before 05.
 */
export function encodeFrame(frame: Group.Frame, before: Group.Frame | undefined, scale: number): Uint8Array {
  const known = encoded.get(frame);
  if (known?.scale === scale) return known.bytes;
  const size = Varint.encode(frame.payload.byteLength);
  const bytes =
    scale === 0
      ? joined(size, frame.payload)
      : joined(signed(timeOf(frame, scale) - (before ? timeOf(before, scale) : 0n)), size, frame.payload);
  encoded.set(frame, { scale, bytes });
  return bytes;
}

function timeOf(frame: Group.Frame, scale: number): bigint {
  return BigInt(Math.round(frame.timestamp.as(scale as Time.Timescale)));
}

/** Zigzag: small distances of either sign are small. */
function signed(value: bigint): Uint8Array {
  return Varint.encode(value >= 0n ? value << 1n : (-value << 1n) - 1n);
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
