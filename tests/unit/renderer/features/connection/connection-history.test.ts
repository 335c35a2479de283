import { expect, it } from 'vitest';
import type { ConnectionState } from '../../../../../common/bridge/bridge.ts';
import {
  type ConnectionSample,
  connectionKey,
  HISTORY_MS,
  withSamples,
} from '../../../../../renderer/features/connection/connection-history.ts';

const connection: ConnectionState = {
  peer: 'a'.repeat(64),
  use: 'call',
  subject: '1',
  paths: [],
  signals: null,
  stats: { rttMs: 10, kind: 'direct', address: 'x', lossPercent: 1, upMbps: 2, downMbps: 3, paths: 1 },
  downlink: null,
};

it('keeps one minute of each connection, and drops closed connections', () => {
  let all: ReadonlyMap<string, readonly ConnectionSample[]> = new Map();
  for (let second = 0; second < 300; second += 1) all = withSamples(all, [connection], second * 1000);
  const kept = all.get(connectionKey(connection)) ?? [];
  expect(kept.length).toBeLessThanOrEqual(HISTORY_MS / 1000);
  expect(kept.at(-1)).toEqual({ atMs: 299_000, rttMs: 10, lossPercent: 1, upMbps: 2, downMbps: 3 });
  expect((kept[0]?.atMs ?? 0) > 299_000 - HISTORY_MS).toBe(true);
  expect(withSamples(all, [], 300_000).size).toBe(0);
  const silent = withSamples(new Map(), [{ ...connection, stats: null }], 0);
  expect(silent.get(connectionKey(connection))).toEqual([]);
});
