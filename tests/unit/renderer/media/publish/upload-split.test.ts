import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type SplitRendition,
  splitOverUses,
  splitUpload,
} from '../../../../../renderer/media/publish/upload-split.ts';

function ladder(...viewers: number[]): SplitRendition[] {
  const wanted = [200_000, 600_000, 2_500_000, 5_000_000];
  return ['180', '360', '720', '1080'].map((name, index) => ({
    name,
    wantedBps: wanted[index] ?? 0,
    viewers: viewers[index] ?? 0,
  }));
}

function split(limitBps: number | null, renditions: readonly SplitRendition[], audioViewers = 1) {
  return Object.fromEntries(splitUpload({ limitBps, audioBps: 64_000, audioViewers, renditions }));
}

describe('splitUpload', () => {
  test('allocates the wanted bitrates if the upload is unlimited or the limit is generous', () => {
    const all = { '180': 200_000, '360': 600_000, '720': 2_500_000, '1080': 5_000_000 };
    expect(split(null, ladder(1, 1, 1, 1))).toEqual(all);
    expect(split(20_000_000, ladder(0, 0, 1, 1))).toEqual(all);
    expect(split(20_000_000, ladder())).toEqual(all);
  });

  test('lowers a bitrate before it removes a rendition', () => {
    const one = split(2_300_000, ladder(0, 0, 1), 1);
    expect(one['720']).toBeGreaterThan(2_000_000);
    expect(one['720']).toBeLessThan(2_200_000);
    expect(one['1080']).toBeNull();
    const two = split(2_300_000, ladder(0, 0, 2), 2);
    expect(two).toMatchObject({ '1080': null, '720': null, '360': 600_000 });
  });

  test('does not offer a removed rendition again once its viewers have switched to a smaller one', () => {
    expect(split(2_300_000, ladder(0, 2), 2)).toMatchObject({ '720': null, '360': 600_000 });
  });

  test('serves audio first, and video only if enough bandwidth remains', () => {
    expect(split(100_000, ladder(1))).toEqual({ '180': null, '360': null, '720': null, '1080': null });
    expect(split(150_000, ladder(1))['180']).toBeGreaterThan(60_000);
    expect(split(400_000, ladder(1), 5)['180']).toBeNull();
    expect(splitUpload({ limitBps: 1, audioBps: 0, audioViewers: 0, renditions: [] }).size).toBe(0);
  });

  test('never exceeds the limit, and returns an entry for every rendition', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 64_000, max: 30_000_000 }),
        fc.array(fc.nat(5), { minLength: 4, maxLength: 4 }),
        (limitBps, counts) => {
          const renditions = ladder(...counts);
          const audioViewers = counts.reduce((sum, count) => sum + count, 0);
          const shares = splitUpload({ limitBps, audioBps: 64_000, audioViewers, renditions });
          expect([...shares.keys()].sort()).toEqual(['1080', '180', '360', '720']);
          let videoBps = 0;
          for (const { name, viewers, wantedBps } of renditions) {
            const share = shares.get(name) ?? 0;
            expect(share).toBeLessThanOrEqual(wantedBps);
            videoBps += share * viewers;
          }
          expect(videoBps).toBeLessThanOrEqual(Math.max(0, limitBps - 64_000 * audioViewers));
        },
      ),
    );
  });
});

describe('splitOverUses', () => {
  test('keeps the broadcast and the call together within the limit, and treats all receivers equally', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100_000, max: 1e9 }),
        fc.nat(20),
        fc.boolean(),
        (limitBps, viewers, inCall) => {
          const { broadcastBps, callBps } = splitOverUses(limitBps, { viewers, inCall });
          const sent = (viewers > 0 ? (broadcastBps ?? 0) : 0) + (inCall ? (callBps ?? 0) : 0);
          expect(sent).toBeLessThanOrEqual(limitBps);
          if (viewers === 0) expect(callBps).toBe(limitBps);
          if (!inCall) expect(broadcastBps).toBe(limitBps);
          else if (viewers > 0)
            expect(Math.abs((broadcastBps ?? 0) / viewers - (callBps ?? 0))).toBeLessThan(2);
        },
      ),
    );
    expect(splitOverUses(null, { viewers: 3, inCall: true })).toEqual({ broadcastBps: null, callBps: null });
  });
});
