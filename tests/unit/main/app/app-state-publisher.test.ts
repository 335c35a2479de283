import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AppState, CallState, ConnectionState, PullState } from '../../../../common/bridge/bridge.ts';
import { AppStatePublisher } from '../../../../main/app/app-state-publisher.ts';
import { FakeApp } from '../../../support/fake-app.ts';

const CONNECTION: ConnectionState = {
  peer: 'b'.repeat(64),
  use: 'pull',
  subject: 'the ticket',
  paths: [{ kind: 'direct', address: '127.0.0.1:1', rttMs: 2, selected: true }],
  signals: { rttMs: 2, lossRate: 0, availableBps: 8_000_000, congestionEvents: 0 },
  stats: null,
  downlink: { atMs: 1_000, connection: 1, senderEstimateBps: 4_000_000, goodputBps: 0 },
};

const pull = (state: PullState['state']): PullState => ({
  ticket: 'the ticket',
  state,
  failure: null,
  retryAtMs: null,
  downloadBps: 0,
});

const call = (hasMedia: boolean): CallState => ({
  id: 'the call',
  direction: 'in',
  state: 'active',
  peer: CONNECTION.peer,
  contactName: null,
  earlierName: null,
  remote: null,
  hasMedia,
  startedAtMs: 0,
  activeAtMs: 0,
  reason: null,
  error: null,
  message: null,
});

let now: AppState;
let sent: AppState[];
let samples: (readonly ConnectionState[])[];
const publishers: AppStatePublisher[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  now = { ...new FakeApp().state(), connections: [CONNECTION], pulls: [pull('waiting')] };
  sent = [];
  samples = [];
});
afterEach(() => {
  for (const publisher of publishers.splice(0)) publisher.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function open(): AppStatePublisher {
  const publisher = new AppStatePublisher(() => now);
  publishers.push(publisher);
  publisher.state.subscribe((state) => sent.push(state));
  publisher.samples.subscribe((connections) => samples.push(connections));
  return publisher;
}

/**
 * Applies the connection's next sample. There are five samples a second. Even an idle connection has some
 * traffic now and then.
 */
function sample(publisher: AppStatePublisher, change: Partial<AppState> = {}): void {
  now = {
    ...now,
    connections: now.connections.map((connection) => ({
      ...connection,
      downlink: connection.downlink && {
        ...connection.downlink,
        atMs: connection.downlink.atMs + 200,
        goodputBps: connection.downlink.goodputBps === 0 ? 3_500 : 0,
      },
    })),
    ...change,
  };
  publisher.invalidate();
  vi.advanceTimersByTime(200);
}

const sampledAt = () => samples.map(([connection]) => connection?.downlink?.atMs);

describe('downlink samples', () => {
  test('of connections without media are not published', () => {
    const publisher = open();
    for (let i = 0; i < 50; i++) sample(publisher);
    expect(sent).toEqual([]);
    expect(publisher.current().connections[0]?.downlink?.atMs).toBe(11_000);
    sample(publisher, { notices: ['something is wrong'] });
    sample(publisher);
    sample(publisher, { connections: now.connections.map((each) => ({ ...each, signals: null })) });
    vi.advanceTimersByTime(1_000);
    expect(sent.map(({ connections }) => connections[0]?.downlink?.atMs)).toEqual([11_200, 11_400]);
    expect(samples).toEqual([]);
  });

  test('are published separately at their full rate while a pull is live', () => {
    const publisher = open();
    sample(publisher);
    sample(publisher, { pulls: [pull('live')] });
    sample(publisher);
    sample(publisher);
    expect(sampledAt()).toEqual([1_400, 1_600, 1_800]);
    expect(sent).toHaveLength(1);
    sample(publisher, { pulls: [pull('ended')] });
    sample(publisher);
    expect(samples).toHaveLength(3);
    expect(sent).toHaveLength(2);
  });

  test('are published at their full rate while a call has media', () => {
    const connections = [{ ...CONNECTION, use: 'call' as const, subject: 'the call' }];
    now = { ...now, pulls: [], calls: [call(false)], connections };
    const publisher = open();
    sample(publisher);
    sample(publisher);
    expect(samples).toHaveLength(0);
    sample(publisher, { calls: [call(true)] });
    sample(publisher);
    expect(sampledAt()).toEqual([1_600, 1_800]);
  });
});

describe('the published state', () => {
  test('changes at most ten times a second, and the last change is not delayed', () => {
    const publisher = open();
    for (let i = 1; i <= 100; i++) {
      now = { ...now, notices: [String(i)] };
      publisher.invalidate();
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(100);
    expect(sent.length).toBeLessThanOrEqual(11);
    expect(sent.at(-1)?.notices).toEqual(['100']);
  });

  /** Changes the measurements, and any other fields that are given. */
  function change(
    publisher: AppStatePublisher,
    rttMs: number,
    facts: { notice?: string; address?: string } = {},
  ): void {
    const { notice = '', address = '127.0.0.1:1' } = facts;
    const paths = [{ kind: 'direct' as const, address, rttMs, selected: true }];
    now = {
      ...now,
      connections: [{ ...CONNECTION, paths }],
      pulls: [{ ...pull('waiting'), downloadBps: rttMs * 1_000 }],
      notices: notice ? [notice] : [],
    };
    publisher.invalidate();
  }
  const rtts = () => sent.map(({ connections }) => connections[0]?.paths[0]?.rttMs);

  test('has new measurements once a second, and they are always the newest', () => {
    const publisher = open();
    for (let i = 0; i < 20; i += 1) {
      vi.advanceTimersByTime(200);
      change(publisher, 10 + i);
    }
    expect(rtts()).toEqual([13, 18, 23, 28]);
  });

  test('has other changes at once, with the newest measurements', () => {
    const publisher = open();
    change(publisher, 5);
    vi.advanceTimersByTime(100);
    expect(sent).toEqual([]);
    change(publisher, 6, { notice: 'something is wrong' });
    vi.advanceTimersByTime(100);
    expect(rtts()).toEqual([6]);
    change(publisher, 7, { notice: 'something is wrong', address: '192.0.2.2:1' });
    vi.advanceTimersByTime(100);
    expect(rtts()).toEqual([6, 7]);
    // The measurements that were due have already been published together with the other changes.
    vi.advanceTimersByTime(5_000);
    expect(rtts()).toEqual([6, 7]);
  });

  test('has the last measurements even if no further change follows', () => {
    const publisher = open();
    change(publisher, 8);
    vi.advanceTimersByTime(1_000);
    expect(rtts()).toEqual([8]);
  });

  test('no longer changes once the publisher is closed', () => {
    const publisher = open();
    change(publisher, 9);
    publisher.close();
    vi.advanceTimersByTime(5_000);
    expect(sent).toEqual([]);
  });
});
