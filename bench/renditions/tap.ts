/**
 * Records everything that the process reads from its window's socket, reads from iroh and writes to iroh, and
 * its dials, with timestamps, and saves it to `$BENCH_TAP` on exit. Load it with `node --import tap.ts`.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { steadyEpoch } from './page/clock.ts';
import { encodeTaps, type Tap } from './tap-file.ts';

/** Maximum number of recorded bytes. A run of several seconds produces a few megabytes. */
const MAX_BYTES = 256 * 1024 * 1024;

const file = process.env.BENCH_TAP;
if (!file) throw new Error('BENCH_TAP must name a file');
const epochMs = steadyEpoch();
const taps: Tap[] = [];
let kept = 0;

function keep(kind: Tap['kind'], source: number, bytes: Uint8Array): void {
  kept += bytes.byteLength;
  if (kept < MAX_BYTES) taps.push({ kind, source, atMs: epochMs(), bytes });
}

const sockets = new WeakMap<Socket, number>();
let socketCount = 0;
const push = Socket.prototype.push;
Socket.prototype.push = function (this: Socket, chunk: unknown, ...rest: unknown[]) {
  const id = sockets.get(this) ?? socketCount++;
  sockets.set(this, id);
  if (chunk instanceof Uint8Array) keep('socket', id, new Uint8Array(chunk));
  return Reflect.apply(push, this, [chunk, ...rest]);
} as typeof push;

interface Dialing {
  connect(...args: unknown[]): Promise<unknown>;
}
interface Stream {
  writeAll(bytes: number[]): Promise<unknown>;
  read(limit: number): Promise<number[]>;
}
const iroh = createRequire(import.meta.url)('@number0/iroh/index.js') as Record<
  'SendStream' | 'RecvStream',
  { prototype: Stream }
> & { BiStream: { prototype: object }; Endpoint: { prototype: Dialing } };

const streams = new WeakMap<object, number>();
let streamCount = 0;
function numberOf(stream: object): number {
  const id = streams.get(stream) ?? streamCount++;
  streams.set(stream, id);
  return id;
}
// The getters create a new stream object on each access, so each of these objects gets the stream's number.
for (const half of ['send', 'recv']) {
  const getter = Object.getOwnPropertyDescriptor(iroh.BiStream.prototype, half)?.get;
  if (!getter) throw new Error(`iroh's BiStream has no ${half}`);
  Object.defineProperty(iroh.BiStream.prototype, half, {
    get(this: object) {
      const stream: object = getter.call(this);
      streams.set(stream, numberOf(this));
      return stream;
    },
  });
}
const { writeAll } = iroh.SendStream.prototype;
iroh.SendStream.prototype.writeAll = function (this: Stream, bytes: number[]) {
  keep('irohOut', numberOf(this), Uint8Array.from(bytes));
  return Reflect.apply(writeAll, this, [bytes]);
};
const { read } = iroh.RecvStream.prototype;
iroh.RecvStream.prototype.read = async function (this: Stream, limit: number) {
  const bytes: number[] = await Reflect.apply(read, this, [limit]);
  keep('irohIn', numberOf(this), Uint8Array.from(bytes));
  return bytes;
};
const { connect } = iroh.Endpoint.prototype;
iroh.Endpoint.prototype.connect = async function (this: Dialing, ...args: unknown[]) {
  keep('dial', 0, new Uint8Array());
  const connection: unknown = await Reflect.apply(connect, this, args);
  keep('connected', 0, new Uint8Array());
  return connection;
};

process.on('exit', () => writeFileSync(file, encodeTaps(taps)));
