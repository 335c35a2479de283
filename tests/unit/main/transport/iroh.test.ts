import { randomBytes } from 'node:crypto';
import type { Connection, Endpoint } from '@number0/iroh';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bindEndpoint } from '../../../../main/endpoint/bind.ts';
import { LiveEndpoint } from '../../../../main/endpoint/endpoint.ts';
import { type IrohTransport, MAX_UNI_STREAMS } from '../../../../main/transport/iroh.ts';
import { IrohSendStream, irohReceiveStream, TOO_LONG_CODE } from '../../../../main/transport/iroh-streams.ts';
import { ReadBudget } from '../../../../main/transport/read-budget.ts';
import { drain, transportContract } from './contract.ts';

const MIB = 1024 * 1024;

const raw: Endpoint[] = [];

interface IrohPair {
  client: IrohTransport;
  server: IrohTransport;
  dispose(): Promise<void>;
}

async function connect(): Promise<IrohPair> {
  const options = { relay: 'disabled', bind: '127.0.0.1:0' };
  const [a, b] = await Promise.all([
    LiveEndpoint.open({ ...options, secretKey: randomBytes(32) }),
    LiveEndpoint.open({ ...options, secretKey: randomBytes(32) }),
  ]);
  const incoming = new Promise<IrohTransport>((resolve) =>
    a.onConnection(({ transport }) => resolve(transport)),
  );
  const client = await b.connect({ endpointId: a.id, ...a.addr.get() });
  return {
    client,
    server: await incoming,
    dispose: async () => {
      await Promise.all([a.close(), b.close()]);
    },
  };
}

/** Creates a connection without a transport around it and returns both of its ends. It is closed after the test. */
async function rawConnection(): Promise<[Connection, Connection]> {
  const options = { relay: 'disabled', bind: '127.0.0.1:0', alpns: ['x'] };
  const [a, b] = await Promise.all([
    bindEndpoint({ ...options, secretKey: randomBytes(32) }),
    bindEndpoint({ ...options, secretKey: randomBytes(32) }),
  ]);
  raw.push(a, b);
  const accepting = a.acceptNext().then(async (incoming) => (await incoming?.accept())?.connect());
  const near = await b.connect(a.addr(), Array.from(Buffer.from('x')));
  const far = await accepting;
  if (!far) throw new Error('closed');
  return [near, far];
}

transportContract('iroh, two endpoints on loopback', connect, {
  lateStop: true,
  seesEndUnread: true,
  // QUIC's window for the stream (1.25 MB), plus the sender's buffer and the data in flight.
  maxAheadBytes: 16 * MIB,
});

describe('iroh', () => {
  let pair: IrohPair;
  beforeEach(async () => {
    pair = await connect();
  });
  afterEach(async () => {
    await Promise.all([pair.dispose(), ...raw.splice(0).map((endpoint) => endpoint.close())]);
  });

  test('reports the peer’s id, network paths, statistics and close reason', async () => {
    const { client, server } = pair;
    expect(client.remoteId).toMatch(/^[0-9a-f]{64}$/);
    expect(client.remoteId).not.toBe(server.remoteId);
    expect(client.paths().some((path) => path.isSelected && path.isIp)).toBe(true);
    const stats = await client.getStats();
    expect(stats.smoothedRtt).toBeGreaterThanOrEqual(1);
    expect(stats.estimatedSendRate).toBeGreaterThan(0);
    expect(stats.bytesSent).toBeGreaterThan(0);
    expect(stats.packetsReceived).toBeGreaterThan(0);
    expect(stats.packetsLost).toBe(0);
    expect(client.closeReason()).toBeUndefined();
    client.close({ closeCode: 1, reason: 'rejected' });
    await server.closed;
    expect(server.closeReason()).toEqual({ by: 'remote', code: 1, reason: 'rejected' });
    await client.closed;
    expect(client.closeReason()).toEqual({ by: 'local', code: 1, reason: 'rejected' });
  });

  test('datagrams arrive, and oversized ones are dropped', async () => {
    const writer = pair.client.datagrams.writable.getWriter();
    const reader = pair.server.datagrams.readable.getReader();
    expect(pair.client.datagrams.maxDatagramSize).toBeGreaterThan(1000);
    await writer.write(new Uint8Array(100_000));
    await writer.write(Uint8Array.of(1, 2, 3));
    expect((await reader.read()).value).toEqual(Uint8Array.of(1, 2, 3));
    const pending = reader.read();
    pair.client.close();
    expect((await pending).done).toBe(true);
  });

  test('chunks of similar lengths that streams write at the same time arrive unmixed', async () => {
    // The lengths grow and shrink within the array that they share, and cross its limits.
    const lengths = [0, 1, 2, 3, 1_000, 513, 1_024, 600, 1_025, 512, 65_536, 40_000, 65_537, 70_000];
    const chunkOf = (stream: number, length: number) => new Uint8Array(length).fill(stream + length);
    const streams = [1, 2, 3];
    const send = async (stream: number) => {
      const writer = (await pair.client.createUnidirectionalStream()).getWriter();
      await writer.write(Uint8Array.of(stream));
      await Promise.all(lengths.map((length) => writer.write(chunkOf(stream, length))));
      await writer.close();
    };
    const receive = async (stream: ReadableStream<Uint8Array>) => {
      const [first, ...rest] = new Uint8Array(await new Response(stream).arrayBuffer());
      const expected = Buffer.concat(lengths.map((length) => chunkOf(first ?? 0, length)));
      return { stream: first, isComplete: expected.equals(Uint8Array.from(rest)) };
    };
    const sending = Promise.all(streams.map(send));
    const received = [];
    const incoming = pair.server.incomingUnidirectionalStreams.getReader();
    for (const _ of streams) {
      const { value } = await incoming.read();
      if (value) received.push(receive(value));
    }
    await sending;
    expect((await Promise.all(received)).sort((a, b) => (a.stream ?? 0) - (b.stream ?? 0))).toEqual(
      streams.map((stream) => ({ stream, isComplete: true })),
    );
  });

  test('a stream that exceeds the size limit fails for its reader and its sender', async () => {
    const [near, far] = await rawConnection();
    const writer = new IrohSendStream(await near.openUni(), undefined, () => undefined).getWriter();
    const sending = (async () => {
      for (let i = 0; i < 100; i++) await writer.write(new Uint8Array(100_000));
    })();
    writer.closed.catch(() => undefined);
    const sendingFails = expect(sending).rejects.toMatchObject({
      source: 'stream',
      streamErrorCode: TOO_LONG_CODE,
    });
    const { error, bytes } = await drain(irohReceiveStream(await far.acceptUni(), new ReadBudget(), MIB));
    expect(bytes).toBeLessThanOrEqual(MIB);
    expect(error).toMatchObject({ source: 'stream', streamErrorCode: TOO_LONG_CODE });
    await sendingFails;
  });

  test('opening a stream beyond the peer’s limit times out', async () => {
    // The peer does not accept any of these streams.
    const opened = await Promise.all(
      Array.from({ length: MAX_UNI_STREAMS }, () => pair.client.createUnidirectionalStream()),
    );
    await opened[0]?.getWriter().write(Uint8Array.of(1));
    const startedMs = performance.now();
    await expect(pair.client.createUnidirectionalStream({ waitUntilAvailable: false })).rejects.toMatchObject(
      {
        source: 'session',
      },
    );
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(pair.client.closeReason()).toBeUndefined();
  }, 30_000);
});
