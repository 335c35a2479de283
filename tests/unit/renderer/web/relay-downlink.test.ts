import { Signal } from '@moq/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LinkFacts } from '../../../../common/bridge/renditions.ts';
import type { Established, MediaSession } from '../../../../renderer/media/session/reconnecting-session.ts';
import { RelayDownlink } from '../../../../renderer/web/relay-downlink.ts';
import { countReceived } from '../../../../renderer/web/relay-transports.ts';

/** A transport whose server opens streams as the test says; a real one is in the tests of the pages. */
function fakeTransport(extra: object = {}) {
  const streams = new TransformStream<ReadableStream<Uint8Array>, ReadableStream<Uint8Array>>();
  const writer = streams.writable.getWriter();
  const transport = { incomingUnidirectionalStreams: streams.readable, ...extra } as unknown as WebTransport;
  return {
    transport,
    /** A stream from the server, which the test fills. */
    open: () => {
      const stream = new TransformStream<Uint8Array, Uint8Array>();
      void writer.write(stream.readable);
      return stream.writable.getWriter();
    },
  };
}

interface Counted {
  getStats(): Promise<Record<string, unknown>>;
}

async function nextStream(transport: WebTransport): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const incoming = transport.incomingUnidirectionalStreams.getReader();
  const { value } = await incoming.read();
  incoming.releaseLock();
  return value.getReader();
}

describe('counting what a transport receives', () => {
  it('counts bytes as they come, before anything is whole', async () => {
    const { transport, open } = fakeTransport();
    const counted = countReceived(transport) as WebTransport & Counted;
    const stream = open();
    const reader = await nextStream(counted);
    void stream.write(new Uint8Array(1000));
    expect((await reader.read()).value?.byteLength).toBe(1000);
    expect(await counted.getStats()).toEqual({ bytesReceived: 1000 });
    void stream.write(new Uint8Array(234));
    await reader.read();
    expect(await counted.getStats()).toEqual({ bytesReceived: 1234 });
  });

  it('adds to what the browser tells', async () => {
    const { transport } = fakeTransport({ getStats: async () => ({ smoothedRtt: 7, bytesReceived: 1 }) });
    const counted = countReceived(transport) as WebTransport & Counted;
    expect(await counted.getStats()).toEqual({ smoothedRtt: 7, bytesReceived: 0 });
  });

  it('hands on that the reader gives a stream up, and that the server does', async () => {
    const { transport, open } = fakeTransport();
    const counted = countReceived(transport);
    const unwanted = open();
    const gone = expect(unwanted.closed).rejects.toThrow('enough');
    await (await nextStream(counted)).cancel(new Error('enough'));
    await gone;
    const reset = open();
    const reader = await nextStream(counted);
    void reset.abort(new Error('shed')).catch(() => undefined);
    await expect(reader.read()).rejects.toThrow('shed');
  });
});

describe('what a session with the relay says of the way to here', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function fixture() {
    const established = new Signal<Established | undefined>(undefined);
    let rttMs: number | null = null;
    const downlink = new RelayDownlink({ established } as unknown as MediaSession, {
      rttMs: () => rttMs,
      kind: () => 'relayed',
    });
    const heard: (LinkFacts | null)[] = [];
    downlink.facts.subscribe((facts) => heard.push(facts));
    return {
      downlink,
      heard,
      established,
      setRtt: (ms: number) => {
        rttMs = ms;
      },
      look: async () => {
        await vi.advanceTimersByTimeAsync(200);
      },
    };
  }

  function session(bytesReceived: () => number | undefined, estimatedRecvRate?: number): Established {
    return {
      stats: async () => ({ bytesReceived: bytesReceived() }),
      probe: new Signal(estimatedRecvRate === undefined ? {} : { estimatedRecvRate }),
    } as unknown as Established;
  }

  it('is the rate of its bytes, the round trip of the badge and the sender’s estimate', async () => {
    const { downlink, heard, established, look, setRtt } = fixture();
    let bytes = 500;
    established.set(session(() => bytes, 3_000_000));
    await look();
    // One count is no rate.
    expect(heard).toEqual([]);
    bytes += 25_000;
    setRtt(12);
    await look();
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({
      kind: 'relayed',
      rttMs: 12,
      senderEstimateBps: 3_000_000,
      goodputBps: 1_000_000,
    });
    downlink.close();
    await look();
    expect(heard).toHaveLength(1);
  });

  it('is nothing without a session or a count, and begins anew with another session', async () => {
    const { downlink, heard, established, look } = fixture();
    established.set(session(() => 1_000_000));
    await look();
    await look();
    expect(heard).toMatchObject([{ goodputBps: 0, senderEstimateBps: null }]);
    established.set(undefined);
    await look();
    expect(heard.at(-1)).toBeNull();
    // Its bytes are not those of the one before.
    established.set(session(() => 10));
    await look();
    expect(heard).toHaveLength(2);
    await look();
    expect(heard.at(-1)).toMatchObject({ goodputBps: 0, connection: (heard[0]?.connection ?? 0) + 1 });
    established.set(session(() => undefined));
    await look();
    await look();
    expect(heard.at(-1)).toBeNull();
    downlink.close();
  });
});
