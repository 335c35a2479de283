import { Varint } from 'moq-net';
import WebSocket from 'ws';

/**
 * A viewer that costs little: it takes everything, gives all the credit there is at once, and looks at each byte once.
 * The library's own client takes more of the machine than the relay that is measured. It speaks moq-lite-04 on QMux.
 */
export interface Tally {
  /** Complete groups by track, and the first and last sequence seen. */
  groups: number[];
  first: number[];
  last: number[];
  bytes: number;
  resets: number;
  /** From a frame's making to its last byte here, in milliseconds. */
  delaysMs: number[];
}

/** A time, as the first bytes of each frame's payload. */
export const STAMP_BYTES = 8;

/** All that a peer may send, in bytes and streams: no credit has to be given later. */
const UNLIMITED = 2 ** 40;
/** Relays drop who says nothing for 30 s. */
const SIGN_OF_LIFE_MS = 10_000;
const CLIENT_BIDI = 0;

/** What either transport's viewer is to the bench. */
export interface BenchViewer {
  readonly tally: Tally;
  /** Why it has ended, if it has. */
  readonly ended: string | undefined;
  /** Starts the tally anew. */
  reset(): void;
  close(): void;
}

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
    this.#timer = setInterval(() => socket.send(frame(0x10, UNLIMITED)), SIGN_OF_LIFE_MS);
  }

  /** Reads tracks of a broadcast; the index of a track is its place in the tally. */
  static async open(url: string, broadcast: string, tracks: readonly string[]): Promise<LightViewer> {
    const socket = new WebSocket(url, ['qmux-01.moq-lite-04'], { perMessageDeflate: false });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    socket.on('error', () => undefined);
    const viewer = new LightViewer(socket);
    // Initial credit: data, streams of each kind, data of a stream of each kind.
    const params = [0x04, 0x05, 0x06, 0x07, 0x08, 0x09].flatMap((id) => {
      const value = Varint.encode(UNLIMITED);
      return [Varint.encode(id), Varint.encode(value.byteLength), value];
    });
    const body = Buffer.concat(params);
    socket.send(Buffer.concat([Varint.encode(0x3f5153300d0a0d0an), Varint.encode(body.byteLength), body]));
    for (const [index, track] of tracks.entries()) {
      // Subscription `index`; the priority falls with it; nothing is asked of the range.
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

  /** Starts the tally anew. */
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
        // Credit, padding, parameters: nothing else shares a record with media.
        return;
      }
    }
  }

  #data(id: number, bytes: Buffer, fin: boolean): void {
    // The server's unidirectional streams are groups; the rest are answers.
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

export function emptyTally(): Tally {
  return { groups: [], first: [], last: [], bytes: 0, resets: 0, delaysMs: [] };
}

/** A group that came whole. */
export function countGroup({ groups, first, last }: Tally, { track, sequence }: GroupStream): void {
  groups[track] = (groups[track] ?? 0) + 1;
  first[track] = Math.min(first[track] ?? sequence, sequence);
  last[track] = Math.max(last[track] ?? sequence, sequence);
}

/** A group's stream: its header, then frames of a length and a payload that begins with a time. */
export class GroupStream {
  track = 0;
  sequence = 0;
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;
  /** Of the frame under way: bytes still to come, and when it was made. */
  #left = 0;
  #madeMs = 0;

  push(bytes: Buffer, onFrame: (madeMs: number) => void): void {
    let data = this.#rest.byteLength > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    for (;;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, data.byteLength);
        this.#left -= taken;
        data = data.subarray(taken);
        if (this.#left > 0) break;
        onFrame(this.#madeMs);
      }
      // The longest header, or a frame's length and its time.
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

  /** Whether what there is holds all that is read at once. */
  #fits(data: Buffer): boolean {
    const at = { data, offset: 0 };
    try {
      for (let i = 0; i < (this.#begun ? 1 : 4); i += 1) varint(at);
      return !this.#begun || data.byteLength >= at.offset + STAMP_BYTES;
    } catch {
      // It ends within a number.
      return false;
    }
  }
}

/** On a clock that all processes of a machine share. */
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
