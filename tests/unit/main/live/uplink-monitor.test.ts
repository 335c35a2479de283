import type { PathSnapshot } from '@number0/iroh';
import { Broadcast, Path } from 'moq-net';
import { describe, expect, test } from 'vitest';
import { UplinkMonitor } from '../../../../main/live/uplink-monitor.ts';
import { Origin } from '../../../../main/origin/origin.ts';

/**
 * A reader's session with the counters of an iroh connection. The counters are made up, because a real connection
 * would need a slow network; `tests/e2e/rate-follows-link.test.ts` runs with real ones.
 */
class Reader {
  rttMs = 20;
  sentBytes = 0;
  closed = false;
  readonly transport = {
    remoteId: 'aa',
    owner: {},
    paths: (): PathSnapshot[] => {
      if (this.closed) throw new Error('closed');
      const { rttMs } = this;
      const stats = {
        ...{ rttMs, udpTxDatagrams: 0, udpTxBytes: 0, udpRxDatagrams: 0, udpRxBytes: 0 },
        ...{ cwnd: 1_000_000, congestionEvents: 0, lostPackets: 0, lostBytes: 0, currentMtu: 1_200 },
      };
      return [{ id: '1', isSelected: true, remoteAddr: '', isIp: true, isRelay: false, rttMs, stats }];
    },
    totals: () => ({
      ...{ udpTxDatagrams: 0, udpTxBytes: this.sentBytes, udpRxDatagrams: 0, udpRxBytes: 0 },
      ...{ lostPackets: 0, lostBytes: 0 },
    }),
  };
}

function setUp() {
  const origin = new Origin();
  let nowMs = 0;
  const monitor = new UplinkMonitor({
    origin,
    prefixes: ['live', 'calls'],
    nowMs: () => nowMs,
    everyMs: 1_000_000,
  });
  const publish = (path: string) =>
    origin.publish(Path.from(path), new Broadcast.Producer().consume(), { by: {}, hasTrackInfo: true });
  /** Samples for a time while `readers` receive 2 Mbit/s. */
  const run = (forMs: number, ...readers: Reader[]) => {
    for (let passedMs = 0; passedMs < forMs; passedMs += 100) {
      nowMs += 100;
      for (const reader of readers) reader.sentBytes += 25_000;
      monitor.sample();
    }
    return monitor.uplinks.get();
  };
  return { monitor, publish, run };
}

describe('UplinkMonitor', () => {
  test('lists readers with a network path only, and no broadcasts that are not under the prefixes', async () => {
    const { monitor, publish, run } = setUp();
    const [mine, pulled] = [publish('live/mine'), publish('iroh-live:abc/theirs')];
    expect(run(100)).toEqual([]);
    mine.addReader({}, 'video/h264-720p');
    mine.addReader({ transport: {} }, 'video/h264-720p');
    pulled.addReader(new Reader(), 'video/h264-720p');
    expect(run(100)).toEqual([]);
    mine.addReader(new Reader(), 'video/h264-720p');
    expect(run(100)).toEqual([
      {
        path: 'live/mine',
        tracks: [{ name: 'video/h264-720p', readers: 1 }],
        soleReaders: [{ tracks: ['video/h264-720p'], limitBps: null }],
      },
    ]);
    await monitor.close();
  });

  test('reports the limit of a sole reader’s connection, and lowers it when a queue builds up', async () => {
    const { monitor, publish, run } = setUp();
    const reader = new Reader();
    const call = publish('calls/7/out');
    for (const track of ['audio/opus', 'video/h264-720p']) call.addReader(reader, track);
    const [before] = run(2_000, reader);
    expect(before).toMatchObject({
      path: 'calls/7/out',
      soleReaders: [{ tracks: ['audio/opus', 'video/h264-720p'], limitBps: 4_000_000 }],
    });
    reader.rttMs = 250;
    const [after] = run(1_000, reader);
    expect(after?.soleReaders[0]?.limitBps).toBeLessThan(1_500_000);
    await monitor.close();
  });

  test('reports no limit for tracks with several readers, but for tracks that only one of them reads', async () => {
    const { monitor, publish, run } = setUp();
    const [anna, ben] = [new Reader(), new Reader()];
    const publication = publish('live/mine');
    publication.addReader(anna, 'video/h264-720p');
    const leave = publication.addReader(ben, 'video/h264-720p');
    expect(run(1_000, anna, ben)).toEqual([
      { path: 'live/mine', tracks: [{ name: 'video/h264-720p', readers: 2 }], soleReaders: [] },
    ]);
    publication.addReader(ben, 'video/h264-360p');
    expect(run(1_000, anna, ben)).toMatchObject([
      {
        tracks: [
          { name: 'video/h264-720p', readers: 2 },
          { name: 'video/h264-360p', readers: 1 },
        ],
        soleReaders: [{ tracks: ['video/h264-720p', 'video/h264-360p'], limitBps: 4_000_000 }],
      },
    ]);
    leave();
    expect(run(1_000, anna, ben)[0]?.soleReaders).toHaveLength(2);
    await monitor.close();
  });

  test('notifies of changes only, bounds the lists, and survives connections that close', async () => {
    const { monitor, publish, run } = setUp();
    const reader = new Reader();
    const publication = publish('live/mine');
    publication.addReader(reader, 'video/h264-720p');
    run(2_000, reader);
    let changes = 0;
    monitor.uplinks.subscribe(() => {
      changes += 1;
    });
    run(2_000, reader);
    expect(changes).toBe(0);
    reader.closed = true;
    run(500, reader);
    expect(changes).toBe(0);
    for (let i = 0; i < 100; i += 1) publication.addReader(new Reader(), `hostile-${i}`);
    publication.addReader(reader, 'x'.repeat(1_000));
    const [uplink] = run(100);
    expect(uplink?.tracks).toHaveLength(32);
    expect(uplink?.soleReaders).toHaveLength(32);
    await monitor.close();
  });
});
