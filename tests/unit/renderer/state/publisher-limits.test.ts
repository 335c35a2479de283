import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../../../common/bridge.ts';
import { publisherLimits } from '../../../../renderer/state/publisher-limits.ts';

const renditions = [{ name: 'video/h264-720p', viewers: 2 }];
const broadcasts = [{ name: 'hello', ticket: '', viewers: 2, uploadBps: 0, push: null, renditions }];
const settings = settingsSchema.parse({ maxResolution: '720p', uploadLimitBps: 3_000_000 });

describe('what a publisher may send', () => {
  it('is as the settings say, with those who watch it', () => {
    const limits = { maxResolution: '720p', uploadLimitBps: 3_000_000, viewers: renditions };
    expect(publisherLimits({ maxResolution: null }, { settings, broadcasts }, 'hello')).toEqual(limits);
    expect(publisherLimits({ maxResolution: null }, { settings, broadcasts }, null).viewers).toEqual([]);
  });

  it('is as the command line says instead', () => {
    const { maxResolution } = publisherLimits({ maxResolution: '180p' }, { settings, broadcasts }, 'hello');
    expect(maxResolution).toBe('180p');
  });
});
