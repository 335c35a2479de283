import type { PathSnapshot } from '@number0/iroh';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Scope } from '../../../../common/base/scope.ts';
import type { JsonEvent } from '../../../../main/app/json-events.ts';
import { Links } from '../../../../main/network/connection-monitor.ts';
import type { Session } from '../../../../main/origin/session.ts';
import { linkFactsOf, linkOfPath } from '../../../../renderer/media/watch/adaptation/connection-facts.ts';
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

/** The parts of a session that a link looks at; the paths are set by the test. */
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

describe('links', () => {
  const open: Links[] = [];
  const events: JsonEvent[] = [];
  const links = (options: ConstructorParameters<typeof Links>[0] = {}) => {
    const made = new Links({ onEvent: (event) => events.push(event), nowMs: () => Date.now(), ...options });
    open.push(made);
    return made;
  };

  beforeEach(() => {
    vi.useFakeTimers();
    events.length = 0;
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()));
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  test('tells scripts and listeners of each change of the selected path, once', () => {
    const made = links();
    const changes: string[] = [];
    made.onChange(({ change }) => changes.push(`${change.kind} ${change.path.kind}`));
    const { session, transport } = fakeSession([path('0', { isRelay: true, isSelected: true })]);
    made.add(session, 'pull', 'the ticket');
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
    expect(made.state.get()).toMatchObject([
      { peer: PEER, use: 'pull', subject: 'the ticket', paths: [{ kind: 'direct', selected: true }] },
    ]);
    expect(made.state.get()[0]?.signals?.availableBps).toBe(8_000_000);
  });

  test('makes one stats event a second and link, only when asked to', () => {
    const { session } = fakeSession([path('0', { isSelected: true })]);
    links({ stats: true }).add(session, 'call', 'x');
    links().add(session, 'viewer', 'y');
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

  test('a link is gone with its session, and nothing is watched that has no paths', async () => {
    const made = links();
    const { session } = fakeSession([path('0', { isSelected: true })]);
    made.add(session, 'viewer', 'hello');
    made.add({ scope: new Scope(), transport: {} } as unknown as Session, 'viewer', 'window');
    expect(made.state.get()).toHaveLength(1);
    await session.scope.close();
    expect(made.state.get()).toEqual([]);
    made.add(session, 'viewer', 'hello');
    expect(made.state.get()).toEqual([]);
  });

  test('a connection has a state for each thing it serves, and may come to serve another', () => {
    const made = links();
    const tickets: string[] = [];
    const { session } = fakeSession([path('0', { isSelected: true })]);
    made.add(session, 'pull', () => tickets);
    expect(made.state.get()).toEqual([]);
    tickets.push('one', 'two');
    vi.advanceTimersByTime(200);
    expect(made.state.get().map(({ subject }) => subject)).toEqual(['one', 'two']);
    made.add(session, 'call', 'id');
    expect(made.state.get()).toMatchObject([{ use: 'call', subject: 'id' }]);
    expect(events).toHaveLength(1);
  });

  test('knows what arrives, and what the peer says it could send, where something is read', () => {
    const { session, transport, probe } = fakeSession([path('1', { isSelected: true })]);
    const made = links();
    made.add(session, 'pull', 't');
    expect(made.state.get()[0]?.downlink).toBeNull();
    transport.receivedBytes = 25_000;
    vi.advanceTimersByTime(200);
    expect(made.state.get()[0]?.downlink).toMatchObject({ senderEstimateBps: null, goodputBps: 1_000_000 });
    const atMs = made.state.get()[0]?.downlink?.atMs ?? 0;
    probe.estimatedRecvRate = 4_000_000;
    vi.advanceTimersByTime(200);
    expect(made.state.get()[0]?.downlink).toEqual({
      atMs: atMs + 200,
      connection: 1,
      senderEstimateBps: 4_000_000,
      goodputBps: 0,
    });
    const again = fakeSession([path('1', { isSelected: true })]);
    made.add(again.session, 'pull', 't again');
    vi.advanceTimersByTime(400);
    expect(made.state.get().map(({ downlink }) => downlink?.connection)).toEqual([1, 2]);
  });

  test('a connection that was made anew begins the estimate of the way to here anew, by what the window is told', async () => {
    const made = links();
    const estimator = new DownlinkEstimator();
    const told = () => {
      const facts = linkFactsOf(linkOfPath(made.state.get(), 'the ticket'));
      if (facts) estimator.facts(facts, facts.atMs);
      return estimator.estimate(0, null).generation;
    };
    const connect = () => {
      const { session } = fakeSession([path('1', { isSelected: true })]);
      made.add(session, 'pull', 'the ticket');
      return session;
    };
    const before = connect();
    vi.advanceTimersByTime(400);
    expect(told()).toBe(0);
    // The next one may be there before the lost one is closed: until then that one is told.
    connect();
    vi.advanceTimersByTime(400);
    expect(told()).toBe(0);
    await before.scope.close();
    expect(told()).toBe(1);
    vi.advanceTimersByTime(400);
    expect(told()).toBe(1);
  });

  test('of a viewer nothing is told of the way to here', () => {
    const { session } = fakeSession([path('1', { isSelected: true })]);
    const made = links();
    made.add(session, 'pull', 't');
    vi.advanceTimersByTime(400);
    made.add(session, 'viewer', 'b');
    expect(made.state.get()[0]?.downlink).toBeNull();
  });

  test('looks for a direct way while relayed, one search at a time, and not for ever', async () => {
    let searches = 0;
    let settle = (): void => undefined;
    const search = () => {
      searches += 1;
      return new Promise<void>((resolve) => {
        settle = resolve;
      });
    };
    const { session, transport } = fakeSession([path('0', { isRelay: true, isSelected: true })]);
    links({ search }).add(session, 'pull', 't');
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
