import { expect, it } from 'vitest';
import type { ConnectionState } from '../../../../../common/bridge/bridge.ts';
import { connectionReport } from '../../../../../renderer/features/connection/connection-report.ts';
import { NO_BROADCAST } from '../../../../../renderer/media/shared/player-types.ts';

const connection: ConnectionState = {
  peer: 'a'.repeat(64),
  use: 'call',
  subject: '1',
  paths: [],
  signals: null,
  stats: { rttMs: 10, kind: 'direct', address: 'x', lossPercent: 1, upMbps: 2, downMbps: 3, paths: 1 },
  downlink: null,
};

it('contains the details as JSON', () => {
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
    connection,
    samples: [],
    player,
    sending: [],
    sendingNote: 'why',
  });
  expect(JSON.parse(text)).toMatchObject({
    app: { version: '1' },
    at: '1970-01-01T00:00:00.000Z',
    connection,
    receiving: { rendition: 'video/h264-360p', estimateBps: 900_000, decisions },
    sendingNote: 'why',
  });
});
