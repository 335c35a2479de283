import { Varint } from 'moq-net';
import WebSocket from 'ws';

/** Data that a viewer has received since the last reset. */
export interface Tally {
  /** Number of complete groups received on each track, with their lowest and highest sequence numbers. */
  groups: number[];
  first: number[];
  last: number[];
  bytes: number;
  resets: number;
  /** Time from the creation of each frame to the arrival of its last byte, in milliseconds. */
  delaysMs: number[];
}

/**
 * Length of the creation time at the start of each frame's payload, in bytes. The creation time is a 64-bit
 * float.
 */
export const STAMP_BYTES = 8;

/**
 * Flow-control credit granted at the start, in bytes or streams. The value is so large that the credit never
 * runs out.
 */
const UNLIMITED = 2 ** 40;
/** Interval between keep-alive messages, in milliseconds. Relays close a session after 30 s of silence. */
const KEEP_ALIVE_MS = 10_000;
const CLIENT_BIDI = 0;

/** A bench viewer that is connected over WebSocket or WebTransport. */
export interface BenchViewer {
  readonly tally: Tally;
  /** Why the viewer stopped; undefined while it is running. */
  readonly ended: string | undefined;
  /** Resets the tally. */
  reset(): void;
  close(): void;
}

/**
 * A viewer that uses as little CPU as possible, because the @moq/net client would use more than the relay
 * under test. Speaks moq-lite-04 over QMux and grants all flow-control credit at the start.
 */
export class LightViewer implements BenchViewer {
  readonly tally: Tally = emptyTally();
  readonly #socket: WebSocket;
  readonly #streams = new Map<number, GroupStream>();
  readonly #timer: NodeJS.Timeout;
  ended: string | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#record(data));
    socket.on('close', (code, reason) => {
      this.ended ??= `closed: ${code} ${reason}`;
      clearInterval(this.#timer);
    });
    this.#timer = setInterval(() => socket.send(frame(0x10, UNLIMITED)), KEEP_ALIVE_MS);
  }

  /**
   * Connects and subscribes to tracks of a broadcast. A track's index in the list is also its index in the
   * tally.
   */
  static async open(url: string, broadcast: string, tracks: readonly string[]): Promise<LightViewer> {
    const socket = new WebSocket(url, ['qmux-01.moq-lite-04'], { perMessageDeflate: false });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    socket.on('error', () => undefined);
    const viewer = new LightViewer(socket);
    // QMux transport parameters: the initial credit for all data, for the number of streams, and for the data
    // of each kind of stream.
    const params = [0x04, 0x05, 0x06, 0x07, 0x08, 0x09].flatMap((id) => {
      const value = Varint.encode(UNLIMITED);
      return [Varint.encode(id), Varint.encode(value.byteLength), value];
    });
    const body = Buffer.concat(params);
    socket.send(Buffer.concat([Varint.encode(0x3f5153300d0a0d0an), Varint.encode(body.byteLength), body]));
    for (const [index, track] of tracks.entries()) {
      // SUBSCRIBE message with id `index`, a decreasing priority and no group range.
      const tail = [Uint8Array.of(200 - index, 0), Varint.encode(0), Varint.encode(0), Varint.encode(0)];
      const fields = Buffer.concat([Varint.encode(index), text(broadcast), text(track), ...tail]);
      const request = Buffer.concat([Varint.encode(2), Varint.encode(fields.byteLength), fields]);
      const id = Varint.encode(index * 4 + CLIENT_BIDI);
      socket.send(
        Buffer.concat([
          Varint.encode(0x0e),
          id,
          Varint.encode(0),
          Varint.encode(request.byteLength),
          request,
        ]),
      );
    }
    return viewer;
  }

  reset(): void {
    Object.assign(this.tally, emptyTally());
  }

  close(): void {
    this.#socket.close();
  }

  #record(data: Buffer): void {
    this.tally.bytes += data.byteLength;
    const at = { data, offset: 0 };
    while (at.offset < data.byteLength) {
      const type = varint(at);
      if (type >= 0x08 && type <= 0x0f) {
        const id = varint(at);
        if (type & 4) varint(at);
        const size = type & 2 ? varint(at) : data.byteLength - at.offset;
        this.#data(id, data.subarray(at.offset, at.offset + size), (type & 1) !== 0);
        at.offset += size;
      } else if (type === 0x04) {
        this.#streams.delete(varint(at));
        varint(at);
        varint(at);
        this.tally.resets += 1;
      } else if (type === 0x1c || type === 0x1d) {
        this.ended = `ended by the relay: ${data.subarray(at.offset).toString('latin1')}`;
        return;
      } else {
        // This record contains credit, padding or parameters. Media is always sent in separate records.
        return;
      }
    }
  }

  #data(id: number, bytes: Buffer, fin: boolean): void {
    // Groups arrive on the server's unidirectional streams; the other streams carry replies.
    if ((id & 3) !== 3) return;
    let stream = this.#streams.get(id);
    if (!stream) {
      stream = new GroupStream();
      this.#streams.set(id, stream);
    }
    stream.push(bytes, (madeMs) => this.tally.delaysMs.push(nowMs() - madeMs));
    if (!fin) return;
    this.#streams.delete(id);
    countGroup(this.tally, stream);
  }
}

/** Returns an empty tally. */
export function emptyTally(): Tally {
  return { groups: [], first: [], last: [], bytes: 0, resets: 0, delaysMs: [] };
}

/** Adds a group to the tally once the whole group has been received. */
export function countGroup({ groups, first, last }: Tally, { track, sequence }: GroupStream): void {
  groups[track] = (groups[track] ?? 0) + 1;
  first[track] = Math.min(first[track] ?? sequence, sequence);
  last[track] = Math.max(last[track] ?? sequence, sequence);
}

/**
 * Parses a group's stream: a header followed by frames. Each frame is a length and a payload that starts with
 * its creation time.
 */
export class GroupStream {
  track = 0;
  sequence = 0;
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;
  /** Number of bytes of the current frame that have not arrived yet, and the frame's creation time. */
  #left = 0;
  #madeMs = 0;

  push(bytes: Buffer, onFrame: (madeMs: number) => void): void {
    let data = this.#rest.byteLength > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    for (;;) {
      if (this.#left > 0) {
        const size = Math.min(this.#left, data.byteLength);
        this.#left -= size;
        data = data.subarray(size);
        if (this.#left > 0) break;
        onFrame(this.#madeMs);
      }
      // This many bytes are always enough for a header, or for a frame's length and creation time. With fewer
      // bytes, #fits() checks exactly.
      if (data.byteLength < (this.#begun ? 4 + STAMP_BYTES : 19) && !this.#fits(data)) break;
      const at = { data, offset: 0 };
      if (!this.#begun) {
        varint(at);
        varint(at);
        this.track = varint(at);
        this.sequence = varint(at);
        this.#begun = true;
      } else {
        this.#left = varint(at);
        this.#madeMs = data.readDoubleBE(at.offset);
      }
      data = data.subarray(at.offset);
      if (data.byteLength === 0) break;
    }
    this.#rest = data;
  }

  /** Whether the data contains a complete header, or a frame's length and creation time. */
  #fits(data: Buffer): boolean {
    const at = { data, offset: 0 };
    try {
      for (let i = 0; i < (this.#begun ? 1 : 4); i += 1) varint(at);
      return !this.#begun || data.byteLength >= at.offset + STAMP_BYTES;
    } catch {
      // The data ends in the middle of a varint.
      return false;
    }
  }
}

/** Returns the time in milliseconds on a clock that all processes on a machine share. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function varint(at: { data: Buffer; offset: number }): number {
  const first = at.data.readUInt8(at.offset);
  const size = 1 << (first >> 6);
  let value = first & 0x3f;
  for (let i = 1; i < size; i += 1) value = value * 256 + at.data.readUInt8(at.offset + i);
  at.offset += size;
  return value;
}

function frame(type: number, value: number): Buffer {
  return Buffer.concat([Varint.encode(type), Varint.encode(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Varint.encode(bytes.byteLength), bytes]);
}
