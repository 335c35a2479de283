import { describe, expect, it } from 'vitest';
import { type CallState, settingsSchema } from '../../../../common/bridge/bridge.ts';
import { callerLimits, publisherLimits } from '../../../../renderer/app/publisher-limits.ts';

const renditions = [{ name: 'video/h264-720p', viewers: 2 }];
const broadcasts = [{ name: 'hello', ticket: '', viewers: 2, uploadBps: 0, push: null, renditions }];
const calls: CallState[] = [];
const settings = settingsSchema.parse({ maxResolution: '720p', uploadLimitBps: 3_000_000 });

describe('what a publisher may send', () => {
  it('is as the settings say, with those who watch it', () => {
    const limits = { maxResolution: '720p', uploadLimitBps: 3_000_000, viewers: renditions };
    expect(publisherLimits({ maxResolution: null }, { settings, broadcasts, calls }, 'hello')).toEqual(
      limits,
    );
    expect(publisherLimits({ maxResolution: null }, { settings, broadcasts, calls }, null).viewers).toEqual(
      [],
    );
  });

  it('is as the command line says instead', () => {
    const info = { maxResolution: '180p' } as const;
    expect(publisherLimits(info, { settings, broadcasts, calls }, 'hello').maxResolution).toBe('180p');
    expect(callerLimits(info, { settings, broadcasts, calls }).maxResolution).toBe('180p');
  });

  it('leaves the call its part of the upload, and takes it back when the call is over', () => {
    const info = { maxResolution: null };
    const state = (call: CallState['state']) => ({
      settings,
      broadcasts,
      calls: [{ state: call } as CallState],
    });
    const limits = (call: CallState['state']) => [
      publisherLimits(info, state(call), 'hello').uploadLimitBps,
      callerLimits(info, state(call)).uploadLimitBps,
    ];
    // Two watch and one is called.
    expect(limits('active')).toEqual([2_000_000, 1_000_000]);
    expect(limits('reconnecting')).toEqual([2_000_000, 1_000_000]);
    expect(limits('ended')[0]).toBe(3_000_000);
    const quiet = { settings, broadcasts: [], calls: state('active').calls };
    expect(callerLimits(info, quiet).uploadLimitBps).toBe(3_000_000);
  });
});
