import type { PathSnapshot } from '@number0/iroh';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Scope } from '../../../../common/base/scope.ts';
import { ConnectionMonitor } from '../../../../main/network/connection-monitor.ts';
import type { NetworkEvent } from '../../../../main/network/events.ts';
import type { Session } from '../../../../main/origin/session.ts';
import {
  connectionFactsOf,
  connectionForPath,
} from '../../../../renderer/media/watch/adaptation/connection-facts.ts';
import { DownlinkEstimator } from '../../../../renderer/media/watch/adaptation/downlink-estimate.ts';

const PEER = 'b'.repeat(64);

function path(id: string, change: Partial<PathSnapshot> = {}): PathSnapshot {
  const isRelay = change.isRelay ?? false;
  return {
    id,
    isRelay,
    isIp: !isRelay,
    isSelected: false,
    remoteAddr: isRelay ? 'http://10.77.0.3:3340/' : '10.77.0.2:4433',
    rttMs: 12,
    stats: {
      rttMs: 12,
      udpTxDatagrams: 0,
      udpTxBytes: 0,
      udpRxDatagrams: 0,
      udpRxBytes: 0,
      cwnd: 12_000,
      congestionEvents: 0,
      lostPackets: 0,
      lostBytes: 0,
      currentMtu: 1_200,
    },
    ...change,
  };
}

/** Creates a fake session with the parts that the monitor uses. The test sets its network paths. */
function fakeSession(paths: PathSnapshot[]) {
  const totals = () => ({
    udpTxDatagrams: 0,
    udpTxBytes: 0,
    udpRxDatagrams: 0,
    udpRxBytes: transport.receivedBytes,
    lostPackets: 0,
    lostBytes: 0,
  });
  const own = { now: paths, receivedBytes: 0 };
  const transport = { remoteId: PEER, owner: {}, paths: () => transport.now, totals, ...own };
  const probe: { estimatedRecvRate?: number } = {};
  const established = { probe: { peek: () => probe } };
  const session = { scope: new Scope(), transport, established, label: 'test' } as unknown as Session;
  return { session, transport, probe };
}

describe('connection monitor', () => {
  const open: ConnectionMonitor[] = [];
  const events: NetworkEvent[] = [];
  const createMonitor = (options: ConstructorParameters<typeof ConnectionMonitor>[0] = {}) => {
    const monitor = new ConnectionMonitor({
      onEvent: (event) => events.push(event),
      nowMs: () => Date.now(),
      ...options,
    });
    open.push(monitor);
    return monitor;
  };

  beforeEach(() => {
    vi.useFakeTimers();
    events.length = 0;
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((monitor) => monitor.close()));
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  test('emits each change of the selected path once to scripts and listeners', () => {
    const monitor = createMonitor();
    const changes: string[] = [];
    monitor.onPathChange(({ change }) => changes.push(`${change.kind} ${change.path.kind}`));
    const { session, transport } = fakeSession([path('0', { isRelay: true, isSelected: true })]);
    monitor.add(session, 'pull', 'the ticket');
    vi.advanceTimersByTime(1_000);
    transport.now = [path('0', { isRelay: true }), path('1', { isSelected: true })];
    vi.advanceTimersByTime(1_000);
    transport.now = [path('1', { isSelected: true })];
    vi.advanceTimersByTime(1_000);
    expect(changes).toEqual([
      'opened relayed',
      'selected relayed',
      'opened direct',
      'selected direct',
      'closed relayed',
    ]);
    expect(events).toEqual([
      { event: 'path', peer: PEER, kind: 'relayed', address: 'http://10.77.0.3:3340/', rttMs: 12 },
      { event: 'path', peer: PEER, kind: 'direct', address: '10.77.0.2:4433', rttMs: 12 },
    ]);
    expect(monitor.states.get()).toMatchObject([
      { peer: PEER, use: 'pull', subject: 'the ticket', paths: [{ kind: 'direct', selected: true }] },
    ]);
    expect(monitor.states.get()[0]?.signals?.availableBps).toBe(8_000_000);
  });

  test('emits one stats event per second and connection, but only if enabled', () => {
    const { session } = fakeSession([path('0', { isSelected: true })]);
    createMonitor({ stats: true }).add(session, 'call', 'x');
    createMonitor().add(session, 'viewer', 'y');
    vi.advanceTimersByTime(3_100);
    const stats = events.filter(({ event }) => event === 'stats');
    expect(stats).toHaveLength(3);
    expect(stats[0]).toEqual({
      event: 'stats',
      peer: PEER,
      use: 'call',
      rttMs: 12,
      kind: 'direct',
      address: '10.77.0.2:4433',
      lossPercent: 0,
      upMbps: 0,
      downMbps: 0,
      paths: 1,
      lossRate: 0,
      availableBps: 8_000_000,
      congestionEvents: 0,
    });
  });

  test('emits no event if no path is selected for a moment', () => {
    const monitor = createMonitor();
    const { session, transport } = fakeSession([path('1', { isSelected: true })]);
    monitor.add(session, 'viewer', 'hello');
    const path2 = path('2', { isSelected: true });
    for (const paths of [[path('1')], [path('1', { isSelected: true })], [path('1')], [], [path2]]) {
      transport.now = paths;
      vi.advanceTimersByTime(1_000);
    }
    expect(events).toHaveLength(1);
  });

  test('removes a connection when its session ends, and ignores sessions without paths', async () => {
    const monitor = createMonitor();
    const { session } = fakeSession([path('0', { isSelected: true })]);
    monitor.add(session, 'viewer', 'hello');
    monitor.add({ scope: new Scope(), transport: {} } as unknown as Session, 'viewer', 'window');
    expect(monitor.states.get()).toHaveLength(1);
    await session.scope.close();
    expect(monitor.states.get()).toEqual([]);
    monitor.add(session, 'viewer', 'hello');
    expect(monitor.states.get()).toEqual([]);
  });

  test('publishes one state per subject, and changes the use of a connection that is added again', () => {
    const monitor = createMonitor();
    const tickets: string[] = [];
    const { session } = fakeSession([path('0', { isSelected: true })]);
    monitor.add(session, 'pull', () => tickets);
    expect(monitor.states.get()).toEqual([]);
    tickets.push('one', 'two');
    vi.advanceTimersByTime(200);
    expect(monitor.states.get().map(({ subject }) => subject)).toEqual(['one', 'two']);
    monitor.add(session, 'call', 'id');
    expect(monitor.states.get()).toMatchObject([{ use: 'call', subject: 'id' }]);
    expect(events).toHaveLength(1);
  });

  test('measures the goodput and reports the peer’s estimate for a connection that receives media', () => {
    const { session, transport, probe } = fakeSession([path('1', { isSelected: true })]);
    const monitor = createMonitor();
    monitor.add(session, 'pull', 't');
    expect(monitor.states.get()[0]?.downlink).toBeNull();
    transport.receivedBytes = 25_000;
    vi.advanceTimersByTime(200);
    expect(monitor.states.get()[0]?.downlink).toMatchObject({
      senderEstimateBps: null,
      goodputBps: 1_000_000,
    });
    const atMs = monitor.states.get()[0]?.downlink?.atMs ?? 0;
    probe.estimatedRecvRate = 4_000_000;
    vi.advanceTimersByTime(200);
    expect(monitor.states.get()[0]?.downlink).toEqual({
      atMs: atMs + 200,
      connection: 1,
      senderEstimateBps: 4_000_000,
      goodputBps: 0,
    });
    const again = fakeSession([path('1', { isSelected: true })]);
    monitor.add(again.session, 'pull', 't again');
    vi.advanceTimersByTime(400);
    expect(monitor.states.get().map(({ downlink }) => downlink?.connection)).toEqual([1, 2]);
  });

  test('makes the window restart its downlink estimate when the connection is replaced', async () => {
    const monitor = createMonitor();
    const estimator = new DownlinkEstimator();
    const generation = () => {
      const facts = connectionFactsOf(connectionForPath(monitor.states.get(), 'the ticket'));
      if (facts) estimator.addFacts(facts, facts.atMs);
      return estimator.estimate(0, null).generation;
    };
    const connect = () => {
      const { session } = fakeSession([path('1', { isSelected: true })]);
      monitor.add(session, 'pull', 'the ticket');
      return session;
    };
    const before = connect();
    vi.advanceTimersByTime(400);
    expect(generation()).toBe(0);
    // The new connection might exist before the lost one is closed. Until then, the lost one is reported.
    connect();
    vi.advanceTimersByTime(400);
    expect(generation()).toBe(0);
    await before.scope.close();
    expect(generation()).toBe(1);
    vi.advanceTimersByTime(400);
    expect(generation()).toBe(1);
  });

  test('reports no downlink for a viewer', () => {
    const { session } = fakeSession([path('1', { isSelected: true })]);
    const monitor = createMonitor();
    monitor.add(session, 'pull', 't');
    vi.advanceTimersByTime(400);
    monitor.add(session, 'viewer', 'b');
    expect(monitor.states.get()[0]?.downlink).toBeNull();
  });

  test('searches for a direct path while a connection is relayed, one search at a time and for a limited time', async () => {
    let searches = 0;
    let settle = (): void => undefined;
    const search = () => {
      searches += 1;
      return new Promise<void>((resolve) => {
        settle = resolve;
      });
    };
    const { session, transport } = fakeSession([path('0', { isRelay: true, isSelected: true })]);
    createMonitor({ search }).add(session, 'pull', 't');
    await vi.advanceTimersByTimeAsync(9_000);
    expect(searches).toBe(1);
    settle();
    await vi.advanceTimersByTimeAsync(400);
    expect(searches).toBe(2);
    settle();
    transport.now = [path('1', { isSelected: true })];
    await vi.advanceTimersByTimeAsync(20_000);
    expect(searches).toBe(2);
    transport.now = [path('0', { isRelay: true, isSelected: true })];
    for (let second = 0; second < 600; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      settle();
    }
    expect(searches).toBeGreaterThan(50);
    expect(searches).toBeLessThan(125);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(searches).toBeLessThan(125);
  });
});
