import { Signal } from '@moq/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionFacts } from '../../../../common/bridge/renditions.ts';
import type {
  Established,
  ReconnectingSession,
} from '../../../../renderer/media/session/reconnecting-session.ts';
import { RelayDownlink } from '../../../../renderer/web/relay-downlink.ts';
import { countReceived } from '../../../../renderer/web/relay-transports.ts';

/** A transport whose incoming streams the test opens. tests/e2e/relay-pages.test.ts uses a real transport. */
function fakeTransport(extra: object = {}) {
  const streams = new TransformStream<ReadableStream<Uint8Array>, ReadableStream<Uint8Array>>();
  const writer = streams.writable.getWriter();
  const transport = { incomingUnidirectionalStreams: streams.readable, ...extra } as unknown as WebTransport;
  return {
    transport,
    /** Opens an incoming stream, which the test writes to. */
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

describe('countReceived', () => {
  it('counts bytes as they arrive, before a frame is complete', async () => {
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

  it('adds the count to the statistics of the browser', async () => {
    const { transport } = fakeTransport({ getStats: async () => ({ smoothedRtt: 7, bytesReceived: 1 }) });
    const counted = countReceived(transport) as WebTransport & Counted;
    expect(await counted.getStats()).toEqual({ smoothedRtt: 7, bytesReceived: 0 });
  });

  it('forwards a cancellation by the reader and a reset by the server', async () => {
    const { transport, open } = fakeTransport();
    const counted = countReceived(transport);
    const cancelled = open();
    const rejected = expect(cancelled.closed).rejects.toThrow('enough');
    await (await nextStream(counted)).cancel(new Error('enough'));
    await rejected;
    const reset = open();
    const reader = await nextStream(counted);
    void reset.abort(new Error('shed')).catch(() => undefined);
    await expect(reader.read()).rejects.toThrow('shed');
  });
});

describe('RelayDownlink', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function fixture() {
    const established = new Signal<Established | undefined>(undefined);
    let rttMs: number | null = null;
    const downlink = new RelayDownlink({ established } as unknown as ReconnectingSession, {
      rttMs: () => rttMs,
      kind: () => 'relayed',
    });
    const received: (ConnectionFacts | null)[] = [];
    downlink.facts.subscribe((facts) => received.push(facts));
    return {
      downlink,
      received,
      established,
      setRtt: (ms: number) => {
        rttMs = ms;
      },
      sample: async () => {
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

  it('reports goodput, the badge’s round-trip time and the sender’s estimate', async () => {
    const { downlink, received, established, sample, setRtt } = fixture();
    let bytes = 500;
    established.set(session(() => bytes, 3_000_000));
    await sample();
    // A rate needs two samples.
    expect(received).toEqual([]);
    bytes += 25_000;
    setRtt(12);
    await sample();
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      kind: 'relayed',
      rttMs: 12,
      senderEstimateBps: 3_000_000,
      goodputBps: 1_000_000,
    });
    downlink.close();
    await sample();
    expect(received).toHaveLength(1);
  });

  it('is null without a session or byte counts, and starts again with another session', async () => {
    const { downlink, received, established, sample } = fixture();
    established.set(session(() => 1_000_000));
    await sample();
    await sample();
    expect(received).toMatchObject([{ goodputBps: 0, senderEstimateBps: null }]);
    established.set(undefined);
    await sample();
    expect(received.at(-1)).toBeNull();
    // Byte counts from different sessions cannot be compared.
    established.set(session(() => 10));
    await sample();
    expect(received).toHaveLength(2);
    await sample();
    expect(received.at(-1)).toMatchObject({ goodputBps: 0, connection: (received[0]?.connection ?? 0) + 1 });
    established.set(session(() => undefined));
    await sample();
    await sample();
    expect(received.at(-1)).toBeNull();
    downlink.close();
  });
});
