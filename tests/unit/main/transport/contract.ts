import { Broadcast, Connection, Path, Time } from 'moq-net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MediaTransport } from '../../../../main/transport/media-transport.ts';

/** A connected pair of transports. Each test gets one and closes it. */
export interface Pair {
  /** The side that dialed. */
  client: MediaTransport;
  /** The side that accepted. */
  server: MediaTransport;
  /** Closes the underlying sockets or endpoints of the two transports. */
  dispose(): Promise<void>;
}

/** Differences between transports. */
export interface ContractOptions {
  /** Whether a writer notices only at its next write that the peer has stopped the stream. */
  lateStop?: boolean;
  /** Whether a reader's `closed` settles at the end of a stream even if nobody reads it. */
  seesEndUnread?: boolean;
  /** Maximum number of bytes that a writer can write while nobody reads. */
  maxAheadBytes: number;
}

const MIB = 1024 * 1024;

/** Tests the behavior that every transport must have. */
export function transportContract(
  name: string,
  connect: () => Promise<Pair>,
  options: ContractOptions,
): void {
  describe(name, () => {
    let pair: Pair;
    beforeEach(async () => {
      pair = await connect();
      await Promise.all([pair.client.ready, pair.server.ready]);
    });
    afterEach(async () => {
      pair.client.close();
      pair.server.close();
      await pair.dispose();
    });

    test('both sides have the MoQ version as their protocol', () => {
      expect(pair.client.protocol).toBe('moq-lite-05');
      expect(pair.server.protocol).toBe('moq-lite-05');
    });

    for (const size of [1, MIB]) {
      for (const from of ['client', 'server'] as const) {
        test(`a unidirectional stream of ${size} bytes from the ${from} arrives complete, in order, and ends`, async () => {
          const [sender, receiver] =
            from === 'client' ? [pair.client, pair.server] : [pair.server, pair.client];
          const sent = pattern(size);
          const arriving = nextUni(receiver).then(readAll);
          const writer = (await sender.createUnidirectionalStream()).getWriter();
          await writer.write(sent);
          await writer.close();
          expect(same(await arriving, sent)).toBe(true);
        });
      }
    }

    test('many small writes arrive in order', async () => {
      const arriving = nextUni(pair.server).then(readAll);
      const writer = (await pair.client.createUnidirectionalStream()).getWriter();
      const sent = pattern(3000);
      for (let i = 0; i < sent.length; i += 10) await writer.write(sent.subarray(i, i + 10));
      await writer.close();
      expect(same(await arriving, sent)).toBe(true);
    });

    test('a bidirectional stream carries data in both directions', async () => {
      const sent = pattern(200_000);
      const echo = nextBi(pair.server).then(async ({ readable, writable }) => {
        const writer = writable.getWriter();
        await writer.write(await readAll(readable));
        await writer.close();
      });
      const stream = await pair.client.createBidirectionalStream();
      const answer = readAll(stream.readable);
      const writer = stream.writable.getWriter();
      await writer.write(sent);
      await writer.close();
      expect(same(await answer, sent)).toBe(true);
      await echo;
    });

    const seesEnd = 'the end of a stream is noticed without reading';
    if (options.seesEndUnread)
      test(seesEnd, async () => {
        const accepting = nextBi(pair.server);
        const stream = await pair.client.createBidirectionalStream();
        const writer = stream.writable.getWriter();
        await writer.write(Uint8Array.of(1));
        const reader = ((await accepting).readable as ReadableStream<Uint8Array>).getReader();
        await reader.read();
        await writer.close();
        await reader.closed;
      });

    test('a reset reaches the reader with its code', async () => {
      const accepting = nextUni(pair.server);
      const writer = (await pair.client.createUnidirectionalStream()).getWriter();
      await writer.write(Uint8Array.of(1));
      const reader = (await accepting).getReader();
      await reader.read();
      await writer.abort(withCode(42));
      await expect(reader.read()).rejects.toMatchObject({ source: 'stream', streamErrorCode: 42 });
    });

    test('a reset without a code reaches the reader with code 0', async () => {
      const accepting = nextUni(pair.server);
      const writer = (await pair.client.createUnidirectionalStream()).getWriter();
      await writer.write(Uint8Array.of(1));
      const reader = (await accepting).getReader();
      await reader.read();
      await writer.abort(new Error('anything'));
      await expect(reader.read()).rejects.toMatchObject({ source: 'stream', streamErrorCode: 0 });
    });

    test('a stop reaches the writer with its code', async () => {
      const accepting = nextUni(pair.server);
      const writer = (await pair.client.createUnidirectionalStream()).getWriter();
      const closed = writer.closed.catch((error: unknown) => error);
      await writer.write(Uint8Array.of(1));
      const reader = (await accepting).getReader();
      await reader.read();
      await reader.cancel(withCode(77));
      const writing = options.lateStop ? writeUntilFailure(writer) : undefined;
      expect(await closed).toMatchObject({ source: 'stream', streamErrorCode: 77 });
      await writing;
    });

    test('a close reaches the peer with its code and reason', async () => {
      pair.client.close({ closeCode: 7, reason: 'bye' });
      expect(await pair.server.closed).toMatchObject({ closeCode: 7, reason: 'bye' });
      expect(await pair.client.closed).toMatchObject({ closeCode: 7, reason: 'bye' });
      pair.client.close({ closeCode: 8, reason: 'again' });
      pair.server.close();
      expect(await pair.server.closed).toMatchObject({ closeCode: 7, reason: 'bye' });
    });

    test('all pending operations end when the peer closes', async () => {
      const accepting = nextUni(pair.server);
      const open = (await pair.client.createUnidirectionalStream()).getWriter();
      await open.write(Uint8Array.of(1));
      const reader = (await accepting).getReader();
      await reader.read();
      const pending = [
        pair.server.incomingUnidirectionalStreams.getReader().read(),
        pair.server.incomingBidirectionalStreams.getReader().read(),
        pair.client.incomingUnidirectionalStreams.getReader().read(),
        reader.read(),
        reader.closed,
        open.closed,
      ];
      const ends = Promise.allSettled(pending);
      pair.client.close({ closeCode: 0, reason: '' });
      await ends;
      await expect(settled(pair.server.createUnidirectionalStream())).resolves.toBe('rejected');
      await expect(settled(open.write(Uint8Array.of(1)))).resolves.toBe('rejected');
    });

    test('a send order is accepted when a stream is opened and later', async () => {
      const arriving = Promise.all([nextUni(pair.server).then(readAll)]);
      const stream = await pair.client.createUnidirectionalStream({ sendOrder: -(2 ** 44) - 3 });
      const writer = stream.getWriter();
      for (const order of [-1, 0, 5, -(2 ** 52), Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]) {
        Object.assign(stream, { sendOrder: order });
        await writer.write(Uint8Array.of(1));
      }
      await writer.close();
      expect((await arriving)[0]).toHaveLength(6);
      Object.assign(stream, { sendOrder: 1 });
    });

    test('a hundred concurrent streams arrive complete', async () => {
      const total = 100;
      const received = (async () => {
        const streams = pair.server.incomingUnidirectionalStreams.getReader();
        const seen: Promise<Uint8Array>[] = [];
        while (seen.length < total) {
          const { value } = await streams.read();
          if (value) seen.push(readAll(value));
        }
        return Promise.all(seen);
      })();
      await Promise.all(
        Array.from({ length: total }, async (_, i) => {
          const writer = (await pair.client.createUnidirectionalStream()).getWriter();
          await writer.write(new Uint8Array(10_000).fill(i));
          await writer.close();
        }),
      );
      const all = await received;
      expect(new Set(all.map((bytes) => bytes[0]))).toHaveLength(total);
      for (const bytes of all)
        expect(bytes.length === 10_000 && bytes.every((byte) => byte === bytes[0])).toBe(true);
    });

    test('a reader that does not read makes the writer wait, and no data is lost', async () => {
      const accepting = nextUni(pair.server);
      const writer = (await pair.client.createUnidirectionalStream()).getWriter();
      const chunk = pattern(MIB);
      let written = 0;
      const stop = new AbortController();
      const writing = (async () => {
        while (!stop.signal.aborted) {
          await writer.write(chunk);
          written += chunk.length;
        }
        await writer.close();
      })();
      const stream = await accepting;
      await stable(() => written);
      const ahead = written;
      expect(ahead).toBeLessThanOrEqual(options.maxAheadBytes);
      stop.abort();
      const read = await readAll(stream);
      await writing;
      expect(read.length).toBe(written);
      expect(same(read.subarray(-MIB), chunk)).toBe(true);
    }, 30_000);

    test('a stalled stream that is aborted is reset when the reader continues, and sends little more data', async () => {
      const accepting = nextUni(pair.server);
      const writer = (await pair.client.createUnidirectionalStream()).getWriter();
      writer.closed.catch(() => undefined);
      let aborted = false;
      const writing = (async () => {
        while (!aborted) await writer.write(new Uint8Array(MIB));
      })().catch(() => undefined);
      const stream = await accepting;
      await new Promise((resolve) => setTimeout(resolve, 300));
      aborted = true;
      const aborting = writer.abort(withCode(9));
      const { error, bytes } = await drain(stream);
      expect(error).toMatchObject({ streamErrorCode: 9 });
      expect(bytes).toBeLessThanOrEqual(options.maxAheadBytes + MIB);
      await Promise.all([writing, aborting]);
    }, 30_000);

    test('a MoQ session publishes three groups, which are read with their timestamps', async () => {
      const url = new URL('moqt://test/');
      const [server, client] = await Promise.all([
        Connection.accept(pair.server, url),
        Connection.connect(url, { transport: pair.client }),
      ]);
      const broadcast = new Broadcast.Producer();
      const path = Path.from('hello');
      server.publish(path, broadcast);
      const track = broadcast.createTrack('video', { timescale: Time.Timescale.MICRO });
      const subscription = client.consume(path).subscribe('video', { priority: 1 });
      await expect.poll(() => track.subscription.peek()?.priority).toBe(1);
      // The groups are written one after the other, because a subscription begins at the latest group and the newest
      // group is sent first.
      for (let i = 0; i < 3; i++) {
        const group = track.appendGroup();
        group.writeFrame({ payload: Uint8Array.of(i), timestamp: Time.Timestamp.fromMicros(i * 1_000_000) });
        group.writeFrame({
          payload: pattern(20_000),
          timestamp: Time.Timestamp.fromMicros(i * 1_000_000 + 40_000),
        });
        group.close();
        const read = await subscription.nextGroup();
        const [first, second] = [await read?.readFrame(), await read?.readFrame()];
        expect([first?.payload[0], first?.timestamp.asMicros()]).toEqual([i, i * 1_000_000]);
        expect([second?.payload.length, second?.timestamp.asMicros()]).toEqual([
          20_000,
          i * 1_000_000 + 40_000,
        ]);
        expect(await read?.readFrame()).toBeUndefined();
      }
      client.close();
      server.close();
    });
  });
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}

/** Uses Buffer.compare, because Vitest's matcher takes seconds for a megabyte. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function withCode(code: number): Error {
  return Object.assign(new Error('on purpose'), { source: 'stream', streamErrorCode: code });
}

async function nextUni(transport: MediaTransport): Promise<ReadableStream<Uint8Array>> {
  return next(transport.incomingUnidirectionalStreams);
}

async function nextBi(transport: MediaTransport): Promise<WebTransportBidirectionalStream> {
  return next(transport.incomingBidirectionalStreams);
}

async function next<T>(streams: ReadableStream<T>): Promise<T> {
  const reader = streams.getReader();
  const { value, done } = await reader.read();
  reader.releaseLock();
  if (done || value === undefined) throw new Error('no more streams');
  return value;
}

export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Reads until the stream fails. */
export async function drain(stream: ReadableStream<Uint8Array>): Promise<{ error: unknown; bytes: number }> {
  let bytes = 0;
  try {
    for await (const chunk of stream) bytes += chunk.length;
  } catch (error) {
    return { error, bytes };
  }
  return { error: undefined, bytes };
}

async function writeUntilFailure(writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  for (;;) {
    if ((await settled(writer.write(Uint8Array.of(2)))) === 'rejected') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function settled(work: Promise<unknown>): Promise<'fulfilled' | 'rejected'> {
  return work.then(
    () => 'fulfilled' as const,
    () => 'rejected' as const,
  );
}

/** Waits until the number has stayed the same for 0.7 s. */
async function stable(read: () => number): Promise<void> {
  for (let last = -1; last !== read(); ) {
    last = read();
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}
