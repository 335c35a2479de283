import { describe, expect, test } from 'vitest';
import type { NetworkSignals } from '../../../../common/bridge/bridge.ts';
import type { ConnectionSnapshot } from '../../../../main/network/connection-delta.ts';
import { NO_SIGNALS, nextSignals, type SignalState } from '../../../../main/network/network-signals.ts';
import { at, path, recorded } from '../../../support/recorded-paths.ts';

function run(snapshots: readonly ConnectionSnapshot[]): (NetworkSignals | null)[] {
  let state: SignalState = NO_SIGNALS;
  return snapshots.map((snapshot) => {
    state = nextSignals(state, snapshot);
    return state.value;
  });
}

describe('network signals', () => {
  test('computes loss as lost / (sent + lost) of the interval, and the rate as cwnd * 8 / rtt', () => {
    const [first, second] = run([
      at(0, path({ sentPackets: 1_000, lostPackets: 500, congestionEvents: 3 })),
      at(200, path({ sentPackets: 1_090, lostPackets: 510, congestionEvents: 4 })),
    ]);
    expect(first).toEqual({ rttMs: 20, lossRate: 0, availableBps: 20_000_000, congestionEvents: 3 });
    expect(second).toEqual({ rttMs: 20, lossRate: 0.1, availableBps: 20_000_000, congestionEvents: 4 });
  });

  test('reports no loss for an idle interval, and does not divide by a round-trip time of 0 ms', () => {
    const idle = path({ sentPackets: 1_000, lostPackets: 500, rttMs: 0, cwndBytes: 1_000 });
    const [, signals] = run([at(0, idle), at(200, idle)]);
    expect(signals).toMatchObject({ lossRate: 0, availableBps: 8_000_000 });
  });

  test('counts a new path from zero after a path change', () => {
    const old = path({
      id: '0',
      kind: 'relayed',
      sentPackets: 10_000,
      lostPackets: 2_000,
      congestionEvents: 7,
    });
    const signals = run([
      at(0, old),
      at(200, { ...old, selected: false, lostPackets: 2_500 }, path({ id: '1', sentPackets: 30, rttMs: 5 })),
      at(400, path({ id: '1', sentPackets: 60, lostPackets: 0, rttMs: 5, congestionEvents: 1 })),
    ]);
    expect(signals[1]).toMatchObject({ lossRate: 0, rttMs: 5, congestionEvents: 7 });
    expect(signals[2]).toMatchObject({ lossRate: 0, congestionEvents: 8 });
  });

  test('counts only the current interval when a standby path is selected', () => {
    const standby = path({ id: '1', selected: false, sentPackets: 400, lostPackets: 200 });
    const [, signals] = run([
      at(0, path(), standby),
      at(200, path({ selected: false }), { ...standby, selected: true, sentPackets: 490, lostPackets: 210 }),
    ]);
    expect(signals?.lossRate).toBeCloseTo(0.1);
  });

  test('counts from zero when counters restart, and ignores losses that are revoked', () => {
    const signals = run([
      at(0, path({ sentPackets: 1_000, lostPackets: 100, congestionEvents: 5 })),
      at(200, path({ sentPackets: 8, lostPackets: 2, congestionEvents: 1 })),
      at(400, path({ sentPackets: 20, lostPackets: 1, congestionEvents: 1 })),
    ]);
    expect(signals[1]).toMatchObject({ lossRate: 0.2, congestionEvents: 6 });
    expect(signals[2]).toMatchObject({ lossRate: 0, congestionEvents: 6 });
  });

  test('ignores a repeated snapshot, and starts a new interval when the clock goes back', () => {
    const signals = run([
      at(1_000, path({ sentPackets: 100 })),
      at(1_200, path({ sentPackets: 190, lostPackets: 10 })),
      at(1_200, path({ sentPackets: 190, lostPackets: 10 })),
      at(300, path({ sentPackets: 250, lostPackets: 40 })),
      at(500, path({ sentPackets: 350, lostPackets: 40 })),
    ]);
    expect(signals.map((value) => value?.lossRate)).toEqual([0, 0.1, 0.1, 0.1, 0]);
  });

  test('reports nothing before the first path is selected, and keeps the last values without a path', () => {
    const signals = run([at(0), at(200, path({ congestionEvents: 2 })), at(400)]);
    expect(signals[0]).toBeNull();
    expect(signals[2]).toEqual(signals[1]);
  });
});

describe('network signals of recorded connections', () => {
  test('show no false loss when the path changes from relayed to direct, and congestion only grows', () => {
    for (const name of ['relay-direct-cut-publisher', 'relay-direct-cut-viewer']) {
      const snapshots = recorded(name);
      const kinds = snapshots.map(({ paths }) => paths.find(({ selected }) => selected)?.kind);
      expect(new Set(kinds), name).toEqual(new Set(['relayed', 'direct']));
      const signals = run(snapshots);
      const change = kinds.indexOf('direct');
      for (const value of signals.slice(change - 3, change + 10)) expect(value?.lossRate, name).toBe(0);
      let events = 0;
      for (const value of signals) {
        expect(value?.lossRate).toBeGreaterThanOrEqual(0);
        expect(value?.lossRate).toBeLessThanOrEqual(1);
        expect(value?.congestionEvents).toBeGreaterThanOrEqual(events);
        events = value?.congestionEvents ?? 0;
      }
    }
  });

  test('report approximately 10 % for five seconds of 10 % packet loss', () => {
    const signals = run(recorded('loss-publisher'));
    const lossy = signals.flatMap((value) => (value && value.lossRate > 0 ? [value.lossRate] : []));
    expect(lossy.length).toBeGreaterThan(10);
    const mean = lossy.reduce((sum, rate) => sum + rate, 0) / lossy.length;
    expect(mean).toBeGreaterThan(0.04);
    expect(mean).toBeLessThan(0.25);
    expect(signals.slice(-5).every((value) => value?.lossRate === 0)).toBe(true);
    expect(signals.at(-1)?.rttMs).toBeGreaterThanOrEqual(20);
  });
});
