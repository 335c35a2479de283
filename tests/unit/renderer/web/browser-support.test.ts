import { describe, expect, it } from 'vitest';
import {
  detectSupport,
  publishingNote,
  publishingProblem,
  watchingProblem,
} from '../../../../renderer/web/browser-support.ts';

describe('detectSupport', () => {
  const chromium = {
    isSecureContext: true,
    VideoDecoder: 1,
    AudioDecoder: 1,
    VideoEncoder: 1,
    AudioEncoder: 1,
    VideoFrame: 1,
    AudioData: 1,
    AudioWorkletNode: 1,
    MediaStreamTrackProcessor: 1,
    navigator: { mediaDevices: { getDisplayMedia: () => undefined } },
  };
  const { MediaStreamTrackProcessor: _, ...firefox } = chromium;

  it('allows watching and publishing in Chromium', () => {
    const support = detectSupport(chromium);
    expect(watchingProblem(support)).toBeNull();
    expect(publishingProblem(support)).toBeNull();
    expect(support.sharesScreens).toBe(true);
  });

  it('allows watching and publishing without MediaStreamTrackProcessor, as in Firefox and Safari', () => {
    const support = detectSupport(firefox);
    expect(watchingProblem(support)).toBeNull();
    expect(publishingProblem(support)).toBeNull();
    expect(publishingNote(support)).toBeNull();
  });

  it('says that viewers hear nothing without AudioEncoder, as in Safari before 26', () => {
    const { AudioEncoder: _encoder, ...safari } = firefox;
    const support = detectSupport(safari);
    expect(publishingProblem(support)).toBeNull();
    expect(publishingNote(support)).toMatch(/cannot encode sound/);
  });

  it('allows only watching without VideoEncoder', () => {
    const { VideoEncoder: _encoder, ...older } = chromium;
    const support = detectSupport(older);
    expect(watchingProblem(support)).toBeNull();
    expect(publishingProblem(support)).toMatch(/You can still watch in this browser/);
  });

  it('names missing encryption as the problem', () => {
    const support = detectSupport({ isSecureContext: false });
    expect(watchingProblem(support)).toMatch(/https/);
    expect(publishingProblem(support)).toMatch(/https/);
    expect(support.sharesScreens).toBe(false);
  });

  it('does not allow watching without WebCodecs', () => {
    expect(watchingProblem(detectSupport({ isSecureContext: true }))).toMatch(/WebCodecs/);
  });
});
