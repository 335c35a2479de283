import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../../renderer/web/web-settings.ts';

describe('parseSettings', () => {
  it('keeps valid settings and replaces invalid settings with their defaults', () => {
    const settings = parseSettings(
      '{"volume":0.4,"muted":"yes","latency":300,"source":"toaster","cameraId":7}',
    );
    expect(settings).toMatchObject({
      volume: 0.4,
      muted: false,
      latency: 300,
      source: 'camera',
      cameraId: null,
    });
  });

  it.each([null, '', '{', '7', '[]', '{"volume":9}'])('returns the defaults for %s', (text) => {
    expect(parseSettings(text)).toMatchObject({ volume: 1, latency: 'real-time' });
  });
});
