import { describe, expect, it } from 'vitest';
import { type CallState, settingsSchema } from '../../../../common/bridge/bridge.ts';
import { callPublisherLimits, publisherLimits } from '../../../../renderer/app/publisher-limits.ts';

const renditions = [{ name: 'video/h264-720p', viewers: 2 }];
const broadcasts = [{ name: 'hello', ticket: '', viewers: 2, uploadBps: 0, push: null, renditions }];
const calls: CallState[] = [];
const settings = settingsSchema.parse({ maxResolution: '720p', uploadLimitBps: 3_000_000 });

describe('publisher limits', () => {
  it('come from the settings and the viewers', () => {
    const limits = { maxResolution: '720p', uploadLimitBps: 3_000_000, viewers: renditions };
    expect(publisherLimits({ maxResolution: null }, { settings, broadcasts, calls }, 'hello')).toEqual(
      limits,
    );
    expect(publisherLimits({ maxResolution: null }, { settings, broadcasts, calls }, null).viewers).toEqual(
      [],
    );
  });

  it('come from the command line if it sets them', () => {
    const info = { maxResolution: '180p' } as const;
    expect(publisherLimits(info, { settings, broadcasts, calls }, 'hello').maxResolution).toBe('180p');
    expect(callPublisherLimits(info, { settings, broadcasts, calls }).maxResolution).toBe('180p');
  });

  it('reserve a share of the upload for an ongoing call', () => {
    const info = { maxResolution: null };
    const state = (call: CallState['state']) => ({
      settings,
      broadcasts,
      calls: [{ state: call } as CallState],
    });
    const limits = (call: CallState['state']) => [
      publisherLimits(info, state(call), 'hello').uploadLimitBps,
      callPublisherLimits(info, state(call)).uploadLimitBps,
    ];
    // Two viewers and one call.
    expect(limits('active')).toEqual([2_000_000, 1_000_000]);
    expect(limits('reconnecting')).toEqual([2_000_000, 1_000_000]);
    expect(limits('ended')[0]).toBe(3_000_000);
    const quiet = { settings, broadcasts: [], calls: state('active').calls };
    expect(callPublisherLimits(info, quiet).uploadLimitBps).toBe(3_000_000);
  });

  it('do not depend on the number of viewers that a relay reports', () => {
    const state = {
      settings,
      broadcasts: broadcasts.map((broadcast) => ({ ...broadcast, viewers: 9_999 })),
      calls: [{ state: 'active' } as CallState],
    };
    const info = { maxResolution: null };
    expect(callPublisherLimits(info, state).uploadLimitBps).toBe(1_000_000);
    expect(publisherLimits(info, state, 'hello').uploadLimitBps).toBe(2_000_000);
  });
});
