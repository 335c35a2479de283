/**
 * One end of the transfers that `run.ts` measures:
 *
 * - `end.ts send ADDRESS-FILE CONNECTIONS frames|greedy IP` accepts connections and sends to each until it closes.
 *   CONNECTIONS is a number of connections, `auto`, or `plain` for a single connection without the bundle transport.
 * - `end.ts receive ADDRESS-FILE SECONDS SKIPPED-SECONDS bundle|plain PORT` connects and prints one JSON line at the end.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { EndpointAddr, EndpointId } from '@number0/iroh';
import { bindEndpoint } from '../../main/endpoint/bind.ts';
import { type BundleOptions, BundleTransport } from '../../main/transport/bundle/bundle-transport.ts';
import { SessionJoins } from '../../main/transport/bundle/join.ts';
import { BUNDLE_ALPN, BUNDLE_JOIN_ALPN } from '../../main/transport/bundle/protocol.ts';
import { IrohTransport } from '../../main/transport/iroh.ts';
import { sleep, waitFor } from '../../tests/support/wait.ts';

/** What `receive` prints. */
export interface Received {
  mbps: number;
  /** Delays of whole frames, in milliseconds, sorted. */
  delaysMs: number[];
  /** The largest number of connections that were open. */
  connections: number;
}

const PLAIN_ALPN = 'moq-lite-05';
const ALPNS = [BUNDLE_ALPN, BUNDLE_JOIN_ALPN, PLAIN_ALPN];
/** How long to wait for late frames, in milliseconds. */
const DRAIN_MS = 5_000;
const FRAMES_PER_S = 30;
const FRAME_BYTES = Math.round(2_500_000 / 8 / FRAMES_PER_S);
const GREEDY_STREAM_BYTES = 100_000;
const GREEDY_STREAMS = 8;
const [, , role, file = '', ...rest] = process.argv;
/** Receivers on one host need different ports. */
const PORT = role === 'send' ? 4433 : Number(rest[3] ?? 4434);
const nowMs = () => performance.timeOrigin + performance.now();
const bytesOf = (text: string) => Array.from(Buffer.from(text));
const endpoint = await bindEndpoint({
  secretKey: randomBytes(32),
  relay: 'disabled',
  bind: `0.0.0.0:${PORT}`,
  alpns: ALPNS,
});
if (role === 'send') await send(rest[0] ?? '', rest[1] ?? '');
else await receive(Number(rest[0]), Number(rest[1]), rest[2] ?? '');

async function send(connections: string, workload: string): Promise<void> {
  const joins = new SessionJoins();
  const count = Number(connections);
  const options: BundleOptions = Number.isNaN(count) ? {} : { policy: { add: () => count } };
  writeFileSync(
    `${file}.new`,
    JSON.stringify({ id: endpoint.id().toString(), addrs: [`${rest[2]}:${PORT}`] }),
  );
  renameSync(`${file}.new`, file);
  for (;;) {
    const incoming = await endpoint.acceptNext();
    if (!incoming) return;
    const connection = await (await incoming.accept()).connect();
    const alpn = Buffer.from(connection.alpn()).toString();
    if (alpn === BUNDLE_JOIN_ALPN) {
      void joins.accept(connection);
      continue;
    }
    const transport =
      alpn === BUNDLE_ALPN
        ? new BundleTransport(connection, endpoint, options)
        : new IrohTransport(connection, endpoint);
    if (transport instanceof BundleTransport) void transport.closed.then(joins.register(transport));
    const sending = workload === 'frames' ? sendFrames(transport) : sendGreedily(transport);
    sending.catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  }
}

/** Sends each frame on a stream of its own, with the time in the first eight bytes. */
async function sendFrames(transport: IrohTransport): Promise<void> {
  let ended = false;
  void transport.closed.then(() => {
    ended = true;
  });
  for (let dueMs = nowMs(); !ended; dueMs += 1_000 / FRAMES_PER_S) {
    await sleep(Math.max(0, dueMs - nowMs()));
    const frame = new Uint8Array(FRAME_BYTES);
    new DataView(frame.buffer).setFloat64(0, nowMs());
    void sendStream(transport, frame).catch(() => undefined);
  }
}

async function sendGreedily(transport: IrohTransport): Promise<void> {
  const loop = async () => {
    for (;;) await sendStream(transport, new Uint8Array(GREEDY_STREAM_BYTES));
  };
  await Promise.all(Array.from({ length: GREEDY_STREAMS }, loop));
}

async function sendStream(transport: IrohTransport, bytes: Uint8Array): Promise<void> {
  const writer = (await transport.createUnidirectionalStream()).getWriter();
  await writer.write(bytes);
  await writer.close();
}

async function receive(seconds: number, skippedSeconds: number, kind: string): Promise<void> {
  await waitFor('the address', () => existsSync(file), 20_000);
  const { id, addrs } = JSON.parse(readFileSync(file, 'utf8')) as { id: string; addrs: string[] };
  const address = new EndpointAddr(EndpointId.fromBytes(Array.from(Buffer.from(id, 'hex'))), null, addrs);
  const first = await endpoint.connect(address, bytesOf(kind === 'plain' ? PLAIN_ALPN : BUNDLE_ALPN));
  const dial = () => endpoint.connect(address, bytesOf(BUNDLE_JOIN_ALPN));
  const transport =
    kind === 'plain' ? new IrohTransport(first, endpoint) : new BundleTransport(first, endpoint, { dial });
  const startMs = nowMs();
  const fromMs = startMs + skippedSeconds * 1_000;
  const untilMs = startMs + seconds * 1_000;
  const result: Received = { mbps: 0, delaysMs: [], connections: 1 };
  let bytes = 0;
  const readOne = async (stream: ReadableStream<Uint8Array>) => {
    let sentMs: number | undefined;
    for await (const chunk of stream) {
      if (sentMs === undefined && chunk.byteLength >= 8) {
        sentMs = new DataView(chunk.buffer, chunk.byteOffset).getFloat64(0);
      }
      if (nowMs() >= fromMs && nowMs() < untilMs) bytes += chunk.byteLength;
    }
    if (sentMs && sentMs >= fromMs && sentMs < untilMs) result.delaysMs.push(nowMs() - sentMs);
  };
  const readAll = async () => {
    for await (const stream of transport.incomingUnidirectionalStreams)
      void readOne(stream).catch(() => undefined);
  };
  void readAll();
  const timer = setInterval(() => {
    if (transport instanceof BundleTransport) {
      result.connections = Math.max(result.connections, transport.connectionCount);
    }
  }, 100);
  await sleep(untilMs + DRAIN_MS - nowMs());
  clearInterval(timer);
  result.mbps = (bytes * 8) / ((seconds - skippedSeconds) * 1_000_000);
  result.delaysMs.sort((a, b) => a - b);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}
