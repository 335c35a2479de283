import { describe, expect, test } from 'vitest';
import type { ConnectionState, NetworkPathState } from '../../../../common/bridge/bridge.ts';
import { qualityBadge, qualityLevel, relayHost } from '../../../../common/bridge/connection-quality.ts';

const direct: NetworkPathState = { kind: 'direct', address: '10.77.0.2:4433', rttMs: 12.4, selected: true };
const relayed: NetworkPathState = {
  kind: 'relayed',
  address: 'https://use1.relay.example./',
  rttMs: 48,
  selected: true,
};

function connection(paths: NetworkPathState[], change: Partial<ConnectionState> = {}): ConnectionState {
  return {
    peer: 'a'.repeat(64),
    use: 'call',
    subject: 'x',
    paths,
    signals: null,
    stats: null,
    downlink: null,
    ...change,
  };
}

describe('quality level', () => {
  test.each([
    [0, 0, 'good'],
    [49.9, 0.99, 'good'],
    [50, 0, 'fair'],
    [10, 1, 'fair'],
    [149, 4.9, 'fair'],
    [150, 0, 'poor'],
    [10, 5, 'poor'],
    [10, null, 'good'],
    [null, 0, 'unknown'],
    [null, 7, 'poor'],
    [Number.NaN, null, 'unknown'],
    [-1, 0, 'unknown'],
  ] as const)('%s ms and %s %% loss is %s', (rttMs, lossPercent, level) => {
    expect(qualityLevel(rttMs, lossPercent)).toBe(level);
  });
});

describe('quality badge', () => {
  test('names the network path and the round-trip time', () => {
    expect(qualityBadge(connection([{ ...relayed, selected: false }, direct]))).toMatchObject({
      level: 'good',
      text: 'Direct · 12 ms',
    });
    expect(qualityBadge(connection([{ ...direct, selected: false }, relayed]))).toMatchObject({
      level: 'good',
      text: 'Relayed through use1.relay.example · 48 ms',
    });
  });

  test('prefers the statistics of the last second, and explains the relay', () => {
    const stats = {
      rttMs: 80,
      kind: 'relayed' as const,
      address: relayed.address,
      lossPercent: 1.25,
      upMbps: 1,
      downMbps: 2,
      paths: 1,
    };
    const badge = qualityBadge(connection([relayed], { stats }));
    expect(badge).toMatchObject({ level: 'fair', text: 'Relayed through use1.relay.example · 80 ms' });
    expect(badge.tooltip).toContain('only forwards encrypted packets');
    expect(badge.tooltip).toContain('1.3 % of packets lost');
  });

  test('is unknown without a selected path', () => {
    expect(qualityBadge(connection([]))).toMatchObject({ level: 'unknown', text: 'No path yet' });
    expect(qualityBadge(connection([{ ...direct, selected: false }])).level).toBe('unknown');
  });

  test('names relay hosts with their ports, and leaves other text unchanged', () => {
    expect(qualityBadge(connection([{ ...direct, rttMs: 0 }])).text).toBe('Direct · <1 ms');
    expect(relayHost('http://10.77.0.3:3340/')).toBe('10.77.0.3:3340');
    expect(relayHost('somewhere')).toBe('somewhere');
  });
});
