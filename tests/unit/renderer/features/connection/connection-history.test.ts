import { expect, it } from 'vitest';
import type { ConnectionState } from '../../../../../common/bridge/bridge.ts';
import {
  type ConnectionSample,
  connectionKey,
  HISTORY_MS,
  withSamples,
} from '../../../../../renderer/features/connection/connection-history.ts';
import { connectionReport } from '../../../../../renderer/features/connection/connection-report.ts';
import { plotLine } from '../../../../../renderer/features/connection/plot.ts';
import { CLOCK_SECTION, captureDelayMs } from '../../../../../renderer/media/shared/clock-section.ts';
import { NO_BROADCAST } from '../../../../../renderer/media/shared/types.ts';

const link: ConnectionState = {
  peer: 'a'.repeat(64),
  use: 'call',
  subject: '1',
  paths: [],
  signals: null,
  stats: { rttMs: 10, kind: 'direct', address: 'x', lossPercent: 1, upMbps: 2, downMbps: 3, paths: 1 },
  downlink: null,
};

it('keeps a minute of each link, and nothing of those that are gone', () => {
  let all: ReadonlyMap<string, readonly ConnectionSample[]> = new Map();
  for (let second = 0; second < 300; second += 1) all = withSamples(all, [link], second * 1000);
  const kept = all.get(connectionKey(link)) ?? [];
  expect(kept.length).toBeLessThanOrEqual(HISTORY_MS / 1000);
  expect(kept.at(-1)).toEqual({ atMs: 299_000, rttMs: 10, lossPercent: 1, upMbps: 2, downMbps: 3 });
  expect((kept[0]?.atMs ?? 0) > 299_000 - HISTORY_MS).toBe(true);
  expect(withSamples(all, [], 300_000).size).toBe(0);
  const silent = withSamples(new Map(), [{ ...link, stats: null }], 0);
  expect(silent.get(connectionKey(link))).toEqual([]);
});

it('draws time to the right and values upwards, with gaps where nothing was seen', () => {
  const frame = { width: 100, height: 44, nowMs: 60_000, spanMs: 60_000, highest: 10 };
  expect(plotLine([], frame)).toBe('');
  expect(
    plotLine(
      [
        { atMs: 58_000, value: 0 },
        { atMs: 60_000, value: 10 },
      ],
      frame,
    ),
  ).toBe('M96.7 42L100 2');
  const gap = plotLine(
    [
      { atMs: 10_000, value: 5 },
      { atMs: 30_000, value: 5 },
      { atMs: -5_000, value: 5 },
      { atMs: 31_000, value: Number.NaN },
    ],
    frame,
  );
  expect(gap.match(/M/g)).toHaveLength(2);
  expect(gap).not.toMatch(/NaN/);
  expect(plotLine([{ atMs: 60_000, value: 0 }], { ...frame, highest: 0 })).toBe('M100 42');
});

it('reports everything as JSON', () => {
  const info = {
    version: '1',
    host: 'browser',
    platform: 'linux',
    autostart: null,
    ownScreenPicker: false,
    rendition: 'auto',
    maxResolution: null,
    latencyMs: null,
  } as const;
  const decisions = [{ atMs: 1, from: null, to: 'video/h264-360p', reason: 'start' }];
  const player = { ...NO_BROADCAST, rendition: 'video/h264-360p', estimateBps: 900_000, decisions };
  const text = connectionReport({
    info,
    atMs: 0,
    connection: link,
    samples: [],
    player,
    sending: [],
    sendingNote: 'why',
  });
  expect(JSON.parse(text)).toMatchObject({
    app: { version: '1' },
    at: '1970-01-01T00:00:00.000Z',
    link,
    receiving: { rendition: 'video/h264-360p', estimateBps: 900_000, decisions },
    sendingNote: 'why',
  });
});

it('knows the delay only where the publisher tells its clock and both clocks can be right', () => {
  const catalog = { [CLOCK_SECTION]: { epochMs: 1_000_000 } };
  expect(captureDelayMs(catalog, 500, 1_000_587)).toBe(87);
  expect(captureDelayMs(catalog, 500, 1_000_400)).toBeNull();
  expect(captureDelayMs(catalog, 500, 9_000_000)).toBeNull();
  for (const other of [undefined, {}, { [CLOCK_SECTION]: null }, { [CLOCK_SECTION]: { epochMs: 'x' } }]) {
    expect(captureDelayMs(other, 0, 1_000_000)).toBeNull();
  }
});
