import { describe, expect, test } from 'vitest';
import type { NetStats } from '../../../../common/bridge/bridge.ts';
import type { ConnectionSnapshot } from '../../../../main/network/connection-delta.ts';
import { type NetStatsState, NO_STATS, nextNetStats } from '../../../../main/network/net-stats.ts';
import { at, path, recorded } from '../../../support/recorded-paths.ts';

/** Returns the values that these snapshots produce, in order and without repetitions. */
function run(snapshots: readonly ConnectionSnapshot[]): NetStats[] {
  let state: NetStatsState = NO_STATS;
  const values: NetStats[] = [];
  for (const snapshot of snapshots) {
    const before = state.value;
    state = nextNetStats(state, snapshot);
    if (state.value && state.value !== before) values.push(state.value);
  }
  return values;
}

/** Returns `count` snapshots at intervals of 200 ms. */
function every200(count: number, make: (i: number) => ConnectionSnapshot['paths']): ConnectionSnapshot[] {
  return Array.from({ length: count }, (_, i) => at(i * 200, ...make(i)));
}

describe('net stats', () => {
  test('reports the rates in both directions, the loss in percent and the selected path once a second', () => {
    const values = run(
      every200(11, (i) => [
        path({ sentBytes: i * 25_000, receivedBytes: i * 2_500, sentPackets: i * 99, lostPackets: i }),
        path({ id: '9', kind: 'relayed', address: 'https://r.example/', selected: false }),
      ]),
    );
    expect(values).toHaveLength(2);
    expect(values[1]).toEqual({
      rttMs: 20,
      kind: 'direct',
      address: '10.77.0.2:4433',
      lossPercent: 1,
      upMbps: 1,
      downMbps: 0.1,
      paths: 2,
    });
  });

  test('counts each path for its share of a second in which the path changes', () => {
    const values = run(
      every200(6, (i) =>
        i < 3
          ? [path({ id: '0', kind: 'relayed', sentBytes: 1_000_000 + i * 25_000 })]
          : [path({ id: '1', sentBytes: (i - 2) * 25_000 })],
      ),
    );
    expect(values).toHaveLength(1);
    expect(values[0]).toMatchObject({ kind: 'direct', upMbps: 1 });
  });

  test('reports an idle second, and a second without any path', () => {
    const idle = run(every200(6, () => [path({ sentBytes: 5_000, lostPackets: 9 })]));
    expect(idle[0]).toMatchObject({ lossPercent: 0, upMbps: 0, downMbps: 0 });
    const none = run([
      ...every200(6, () => [path()]),
      ...every200(6, () => []).map((s) => at(s.atMs + 1_200)),
    ]);
    expect(none.at(-1)).toMatchObject({ kind: null, address: null, rttMs: 20, paths: 0 });
  });

  test('reports no negative rates when counters restart, snapshots repeat or the clock goes back', () => {
    const values = run([
      at(0, path({ sentBytes: 900_000, receivedBytes: 900_000 })),
      at(500, path({ sentBytes: 1_000, receivedBytes: 1_000 })),
      at(500, path({ sentBytes: 1_000, receivedBytes: 1_000 })),
      at(100, path({ sentBytes: 2_000, receivedBytes: 2_000 })),
      at(600, path({ sentBytes: 3_000, receivedBytes: 3_000 })),
    ]);
    expect(values).toHaveLength(1);
    // This second contains the 1000 bytes after the counters restarted and the 1000 bytes of the last
    // interval.
    expect(values[0]?.upMbps).toBeCloseTo(0.016);
    expect(values[0]?.downMbps).toBeCloseTo(0.016);
  });

  test('uses the connection’s counters when the list of paths is outdated', () => {
    const values = run(
      Array.from({ length: 6 }, (_, i) => ({
        ...at(i * 200, path({ sentPackets: 77, sentBytes: 9_000, receivedBytes: 9_000, lostPackets: 1 })),
        total: { sentPackets: i * 90, sentBytes: i * 25_000, receivedBytes: i * 2_500, lostPackets: i * 10 },
      })),
    );
    expect(values).toMatchObject([{ lossPercent: 10, upMbps: 1, downMbps: 0.1 }]);
  });

  test('measures about 1 Mbit/s for recorded groups of 4 kB at 30 a second, relayed and direct', () => {
    const values = run(recorded('relay-direct-cut-publisher'));
    const relayed = values.filter(({ kind }) => kind === 'relayed').slice(1, -1);
    const direct = values.filter(({ kind }) => kind === 'direct').slice(1, 5);
    for (const { upMbps } of [...relayed, ...direct]) {
      expect(upMbps).toBeGreaterThan(0.8);
      expect(upMbps).toBeLessThan(1.3);
    }
  });
});
