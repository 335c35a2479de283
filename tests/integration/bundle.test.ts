import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { BundleTransport } from '../../main/transport/bundle/bundle-transport.ts';
import { BUNDLE_ALPN } from '../../main/transport/bundle/protocol.ts';
import { always, type BundlePair, bundlePair, stripedPair } from '../support/bundle-pair.ts';
import { waitFor } from '../support/wait.ts';

const pairs: BundlePair[] = [];
afterEach(async () => {
  await Promise.all(pairs.splice(0).map((pair) => pair.dispose()));
});

async function own(opening: Promise<BundlePair>): Promise<BundlePair> {
  const pair = await opening;
  pairs.push(pair);
  return pair;
}

const content = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) + seed * 17) & 0xff);

/** Writes a stream of `size` bytes in small pieces. */
async function send(pair: BundlePair, size: number, seed: number): Promise<void> {
  const writer = (await pair.server.createUnidirectionalStream()).getWriter();
  const bytes = content(size, seed);
  for (let at = 0; at < size; at += 3_000) await writer.write(bytes.subarray(at, at + 3_000));
  await writer.close();
}

/** Reads all streams. Returns their contents in the order in which they ended. */
function collect(pair: BundlePair): Uint8Array[] {
  const ended: Uint8Array[] = [];
  const readOne = async (stream: ReadableStream<Uint8Array>) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    ended.push(Buffer.concat(chunks));
  };
  const readAll = async () => {
    for await (const stream of pair.client.incomingUnidirectionalStreams) {
      readOne(stream).catch((error: unknown) => ended.push(Buffer.from(String(error))));
    }
  };
  void readAll();
  return ended;
}

describe('a bundle of connections between two endpoints', () => {
  it('uses one connection and adds none while its policy wants one', async () => {
    const pair = await own(bundlePair(1));
    const ended = collect(pair);
    await send(pair, 100_000, 1);
    await waitFor('the stream', () => ended.length === 1);
    expect(Buffer.compare(ended[0] ?? Buffer.of(), content(100_000, 1))).toBe(0);
    expect([pair.client.connectionCount, pair.server.connectionCount]).toEqual([1, 1]);
  });

  it('distributes streams over all connections, and counts the bytes of all', async () => {
    const pair = await own(stripedPair(4));
    const ended = collect(pair);
    await Promise.all(Array.from({ length: 20 }, (_, seed) => send(pair, 60_000, seed)));
    await waitFor('the streams', () => ended.length === 20);
    const sorted = (all: readonly Uint8Array[]) =>
      all.map((each) => Buffer.from(each).toString('hex')).sort();
    expect(sorted(ended)).toEqual(sorted(Array.from({ length: 20 }, (_, seed) => content(60_000, seed))));
    const sent = pair.serverConnections.map((connection) => connection.stats().udpTxBytes);
    for (const bytes of sent) expect(bytes).toBeGreaterThan(20_000);
    expect(pair.server.totals().udpTxBytes).toBeGreaterThan(20 * 60_000);
    expect(pair.client.remoteId).not.toBe(pair.server.remoteId);
  });

  it.each([0, 100_000])(
    'cuts a stream of which %i bytes were sent before connections were added',
    async (early) => {
      const pair = await own(bundlePair(3));
      const ended = collect(pair);
      const [writer, other] = await Promise.all(
        [1, 2].map(async () => (await pair.server.createUnidirectionalStream()).getWriter()),
      );
      if (!writer || !other) throw new Error('no stream');
      const bytes = content(400_000, 5);
      if (early > 0) await writer.write(bytes.subarray(0, early));
      await other.write(Uint8Array.of(1));
      await waitFor('three connections', () => pair.server.connectionCount === 3);
      for (let at = early; at < bytes.length; at += 10_000)
        await writer.write(bytes.subarray(at, at + 10_000));
      await writer.close();
      await waitFor('the stream', () => ended.length === 1);
      expect(Buffer.compare(ended[0] ?? Buffer.of(), bytes)).toBe(0);
    },
  );

  it('loses nothing when additional connections end, and the session stays open', async () => {
    const pair = await own(stripedPair(4));
    const ended = collect(pair);
    const sending = Promise.all(Array.from({ length: 40 }, (_, seed) => send(pair, 60_000, seed)));
    await waitFor('data', () => ended.length > 3);
    // The sender's close discards what it has not sent; the receiver's close what it has not read.
    pair.serverConnections[0]?.close(0n, []);
    pair.clientConnections[1]?.close(0n, []);
    await sending;
    await waitFor('the streams', () => ended.length === 40);
    const sorted = (all: readonly Uint8Array[]) =>
      all.map((each) => Buffer.from(each).toString('hex')).sort();
    expect(sorted(ended)).toEqual(sorted(Array.from({ length: 40 }, (_, seed) => content(60_000, seed))));
    expect(pair.client.closeReason()).toBeUndefined();
  });

  it('opens a connection again when one has ended', async () => {
    const pair = await own(stripedPair(2));
    pair.clientConnections[0]?.close(0n, []);
    await waitFor('one connection', () => pair.server.connectionCount === 1);
    await send(pair, 10, 0);
    await waitFor('two connections', () => pair.server.connectionCount === 2);
  });

  it('ends with its first connection, with its code and reason, and closes the others', async () => {
    const pair = await own(stripedPair(3));
    const others = pair.clientConnections.map((connection) => connection.closed());
    pair.server.close({ closeCode: 7, reason: 'bye' });
    expect(await pair.client.closed).toMatchObject({ closeCode: 7, reason: 'bye' });
    await Promise.all(others);
    expect(pair.client.connectionCount).toBe(1);
  });

  it('accepts a plain session with the same ALPN from any other endpoint only as a session of its own', async () => {
    const pair = await own(stripedPair(2));
    const stranger = await pair.dialFromStranger(BUNDLE_ALPN);
    expect(stranger.closeReason()).toBeNull();
    expect(pair.server.connectionCount).toBe(2);
    stranger.close(0n, []);
  });
});

describe('two endpoints of the app', () => {
  const endpoints: LiveEndpoint[] = [];
  afterEach(async () => {
    await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
  });

  async function open(options: Partial<Parameters<typeof LiveEndpoint.open>[0]> = {}): Promise<LiveEndpoint> {
    const base = { secretKey: randomBytes(32), relay: 'disabled', bind: '127.0.0.1:0' };
    const endpoint = await LiveEndpoint.open({ ...base, ...options });
    endpoints.push(endpoint);
    return endpoint;
  }

  const addrOf = (endpoint: LiveEndpoint) => ({ endpointId: endpoint.id, ...endpoint.addr.get() });

  it('are one peer to each other, in admission too, however many connections they have', async () => {
    const connectionPolicy = () => always(4);
    // Besides the session, only one more connection or handshake is admitted.
    const server = await open({ connectionPolicy, limits: { total: 2 } });
    const peers: BundleTransport[] = [];
    server.onConnection(({ transport }) => peers.push(transport as BundleTransport));
    const client = await (await open({ connectionPolicy })).connect(addrOf(server));
    await waitFor('the peer', () => peers.length === 1);
    const writer = (await peers[0]?.createUnidirectionalStream())?.getWriter();
    await writer?.write(Uint8Array.of(1));
    await waitFor('four connections', () => peers[0]?.connectionCount === 4);
    expect(peers).toHaveLength(1);
    expect(client).toBeInstanceOf(BundleTransport);
    await (await open()).connect(addrOf(server));
    await waitFor('another peer', () => peers.length === 2);
  });

  it('use one connection with the ALPN of a MoQ version if one of them does not know bundles', async () => {
    const other = await open({ alpns: ['moq-lite-05', 'moq-lite-04'] });
    const seen: string[] = [];
    other.onConnection(({ alpn }) => seen.push(alpn));
    const app = await open();
    const transport = await app.connect(addrOf(other));
    expect(transport).not.toBeInstanceOf(BundleTransport);
    await waitFor('the session', () => seen.length === 1);
    app.onConnection(({ alpn }) => seen.push(alpn));
    expect(await other.connect(addrOf(app))).not.toBeInstanceOf(BundleTransport);
    await waitFor('the other session', () => seen.length === 2);
    expect(seen).toEqual(['moq-lite-05', 'moq-lite-05']);
  });
});
