import { describe, expect, it } from 'vitest';
import { broadcastNameProblem } from '../../../../common/ticket/broadcast-name.ts';
import { readReport } from '../../../../renderer/web/pull-watch.ts';
import { randomName } from '../../../../renderer/web/random-name.ts';
import { findSupport, publishingProblem, watchingProblem } from '../../../../renderer/web/support.ts';
import { parseSettings } from '../../../../renderer/web/web-settings.ts';

describe('what a browser can do', () => {
  const chromium = {
    isSecureContext: true,
    VideoDecoder: 1,
    AudioDecoder: 1,
    VideoEncoder: 1,
    MediaStreamTrackProcessor: 1,
    navigator: { mediaDevices: { getDisplayMedia: () => undefined } },
  };
  const { MediaStreamTrackProcessor: _, ...firefox } = chromium;

  it('is enough in Chromium', () => {
    const support = findSupport(chromium);
    expect(watchingProblem(support)).toBeNull();
    expect(publishingProblem(support)).toBeNull();
    expect(support.sharesScreens).toBe(true);
  });

  it('is enough for watching where tracks cannot be read, as in Firefox', () => {
    const support = findSupport(firefox);
    expect(watchingProblem(support)).toBeNull();
    expect(publishingProblem(support)).toMatch(/Watching works here/);
  });

  it('is nothing without encryption, which is told as such', () => {
    const support = findSupport({ isSecureContext: false });
    expect(watchingProblem(support)).toMatch(/https/);
    expect(publishingProblem(support)).toMatch(/https/);
    expect(support.sharesScreens).toBe(false);
  });

  it('is nothing without WebCodecs', () => {
    expect(watchingProblem(findSupport({ isSecureContext: true }))).toMatch(/WebCodecs/);
  });
});

describe('what a page remembers', () => {
  it('is what was stored, as far as it makes sense', () => {
    const kept = parseSettings('{"volume":0.4,"muted":"yes","latency":300,"source":"toaster","cameraId":7}');
    expect(kept).toMatchObject({ volume: 0.4, muted: false, latency: 300, source: 'camera', cameraId: null });
  });

  it.each([null, '', '{', '7', '[]', '{"volume":9}'])('is the default out of %s', (text) => {
    expect(parseSettings(text)).toMatchObject({ volume: 1, latency: 'real-time' });
  });
});

describe('a relay’s news', () => {
  it('are read, and nonsense is not', () => {
    const good = {
      state: 'live',
      failure: null,
      message: '',
      readers: 2,
      upstream: { kind: 'direct', rttMs: 3 },
    };
    expect(readReport(JSON.stringify(good))).toEqual(good);
    expect(readReport('{"state":"dancing"}')).toBeNull();
    expect(readReport('{')).toBeNull();
  });
});

describe('the name that is proposed', () => {
  it('is always one that can be used', () => {
    for (const draw of [0, 0.5, 0.999999]) {
      const name = randomName(() => draw);
      expect(name).toMatch(/^[a-z]+-[a-z]+-\d\d$/);
      expect(broadcastNameProblem(name)).toBeNull();
    }
  });
});
