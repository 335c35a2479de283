import { describe, expect, test } from 'vitest';
import type { LinkState, PathState } from '../../../../common/bridge/bridge.ts';
import { linkBadge, linkLevel, relayHost } from '../../../../common/bridge/connection-quality.ts';

const direct: PathState = { kind: 'direct', address: '10.77.0.2:4433', rttMs: 12.4, selected: true };
const relayed: PathState = {
  kind: 'relayed',
  address: 'https://use1.relay.example./',
  rttMs: 48,
  selected: true,
};

function link(paths: PathState[], change: Partial<LinkState> = {}): LinkState {
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

describe('link level', () => {
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
  ] as const)('%s ms and %s %% is %s', (rttMs, lossPercent, level) => {
    expect(linkLevel(rttMs, lossPercent)).toBe(level);
  });
});

describe('badge', () => {
  test('names the way and the round trip', () => {
    expect(linkBadge(link([{ ...relayed, selected: false }, direct]))).toMatchObject({
      level: 'good',
      text: 'Direct · 12 ms',
    });
    expect(linkBadge(link([{ ...direct, selected: false }, relayed]))).toMatchObject({
      level: 'good',
      text: 'Relayed through use1.relay.example · 48 ms',
    });
  });

  test('prefers the figures of the last second, and says what a relay does', () => {
    const stats = {
      rttMs: 80,
      kind: 'relayed' as const,
      address: relayed.address,
      lossPercent: 1.25,
      upMbps: 1,
      downMbps: 2,
      paths: 1,
    };
    const badge = linkBadge(link([relayed], { stats }));
    expect(badge).toMatchObject({ level: 'fair', text: 'Relayed through use1.relay.example · 80 ms' });
    expect(badge.tooltip).toContain('only passes sealed packets on');
    expect(badge.tooltip).toContain('1.3 % of packets lost');
  });

  test('without a selected path there is nothing to promise', () => {
    expect(linkBadge(link([]))).toMatchObject({ level: 'unknown', text: 'No path yet' });
    expect(linkBadge(link([{ ...direct, selected: false }])).level).toBe('unknown');
  });

  test('loopback, ports, and what is no URL', () => {
    expect(linkBadge(link([{ ...direct, rttMs: 0 }])).text).toBe('Direct · under 1 ms');
    expect(relayHost('http://10.77.0.3:3340/')).toBe('10.77.0.3:3340');
    expect(relayHost('somewhere')).toBe('somewhere');
  });
});
