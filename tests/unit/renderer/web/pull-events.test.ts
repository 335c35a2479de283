import { describe, expect, it } from 'vitest';
import { parsePullReport } from '../../../../renderer/web/pull-events.ts';

describe('parsePullReport', () => {
  it('accepts a report and rejects malformed data', () => {
    const good = {
      state: 'live',
      failure: null,
      message: '',
      readers: 2,
      upstream: { kind: 'direct', rttMs: 3 },
    };
    expect(parsePullReport(JSON.stringify(good))).toEqual(good);
    expect(parsePullReport('{"state":"dancing"}')).toBeNull();
    expect(parsePullReport('{')).toBeNull();
  });
});
