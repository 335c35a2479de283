import { describe, expect, test } from 'vitest';
import type { Uplink } from '../../../../../common/bridge/uplink.ts';
import { canFollow, followRates } from '../../../../../renderer/media/publish/rate-follower.ts';

const AUDIO = 'audio/opus';
const FULL = { '360p': 770_000, '720p': 2_500_000 };

function uplink(
  readers: Record<string, number>,
  ...soleReaders: [limitBps: number | null, ...tracks: string[]][]
): Uplink {
  return {
    path: 'live/test',
    tracks: Object.entries(readers).map(([name, count]) => ({ name, readers: count })),
    soleReaders: soleReaders.map(([limitBps, ...tracks]) => ({ tracks, limitBps })),
  };
}

function rates(link: Uplink | null): Record<string, number> {
  const renditions = Object.entries(FULL).map(([name, fullBps]) => ({ name, fullBps }));
  return Object.fromEntries(followRates({ uplink: link, renditions, audioTrack: AUDIO, audioBps: 64_000 }));
}

describe('followRates', () => {
  test('returns the full bitrates without readers, without a known limit, and on a fast connection', () => {
    expect(rates(null)).toEqual(FULL);
    const one = { [AUDIO]: 1, '720p': 1 };
    expect(rates(uplink(one, [null, AUDIO, '720p']))).toEqual(FULL);
    expect(rates(uplink(one, [20_000_000, AUDIO, '720p']))).toEqual(FULL);
  });

  test('gives the only reader what its connection carries after audio and packet headers', () => {
    const one = { [AUDIO]: 1, '720p': 1 };
    // 2.0 Mbit/s / 1.06 − 64 kbit/s
    expect(rates(uplink(one, [2_000_000, AUDIO, '720p']))).toEqual({ '360p': 770_000, '720p': 1_822_792 });
  });

  test('never goes below 40 % of the bitrate', () => {
    expect(rates(uplink({ '720p': 1 }, [300_000, '720p']))['720p']).toBe(1_000_000);
    expect(rates(uplink({ '720p': 1 }, [0, '720p']))['720p']).toBe(1_000_000);
  });

  test('keeps the bitrate of a rendition with several readers, and reserves it on the others’ connections', () => {
    const two = { [AUDIO]: 2, '720p': 2 };
    expect(rates(uplink(two))).toEqual(FULL);
    // The second reader also probes 360p, which nobody else reads.
    const probing = uplink({ ...two, '360p': 1 }, [3_000_000, AUDIO, '720p', '360p']);
    expect(rates(probing)).toEqual({ '360p': 308_000, '720p': 2_500_000 });
  });

  test('splits a connection in proportion between the renditions that its reader reads', () => {
    const both = uplink({ '360p': 1, '720p': 1 }, [2_000_000, '360p', '720p']);
    const result = rates(both);
    expect(result).toEqual({ '360p': 444_290, '720p': 1_442_501 });
    const sum = Object.values(result).reduce((total, bps) => total + bps, 0);
    expect(sum).toBeLessThanOrEqual(2_000_000 / 1.06);
  });

  test('lets each rendition follow its own reader', () => {
    const two = uplink(
      { [AUDIO]: 2, '360p': 1, '720p': 1 },
      [500_000, AUDIO, '360p'],
      [2_500_000, AUDIO, '720p'],
    );
    expect(rates(two)).toEqual({ '360p': 407_698, '720p': 2_294_490 });
  });
});

test('a bitrate can follow while the rendition has at most one reader', () => {
  expect(canFollow(null, '720p')).toBe(true);
  expect(canFollow(uplink({ '720p': 1 }), '720p')).toBe(true);
  expect(canFollow(uplink({ '720p': 1 }), '360p')).toBe(true);
  expect(canFollow(uplink({ '720p': 2 }), '720p')).toBe(false);
});
