import { describe, expect, it } from 'vitest';
import type { PullReport } from '../../../../common/relay/relay-schemas.ts';
import { publisherSegment, relaySegment } from '../../../../renderer/web/route-segment.ts';

const report: PullReport = { state: 'live', failure: null, message: '', readers: 1, upstream: null };

describe('route segments', () => {
  it('show the round-trip time, or the transport while it is unknown', () => {
    expect(relaySegment('webtransport', 12.4)).toMatchObject({ level: 'good', text: 'You ↔ relay · 12 ms' });
    expect(relaySegment('websocket', null)).toMatchObject({
      level: 'unknown',
      text: 'You ↔ relay · WebSocket',
    });
    expect(publisherSegment({ ...report, upstream: { kind: 'relayed', rttMs: 180 } })).toMatchObject({
      level: 'poor',
      text: 'Relay ↔ publisher · relayed · 180 ms',
    });
  });

  it('are missing while the relay is not connected to the publisher', () => {
    expect(publisherSegment(null)).toBeNull();
    expect(publisherSegment(report)).toBeNull();
  });
});
