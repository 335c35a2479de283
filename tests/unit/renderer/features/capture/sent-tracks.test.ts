import { describe, expect, it } from 'vitest';
import { sentTracks, uploadText } from '../../../../../renderer/features/capture/sent-tracks.ts';

const stats = (lines: number) => ({
  name: `video/h264-${lines}p`,
  codec: 'avc1.42e01f',
  width: (lines * 16) / 9,
  height: lines,
  framesPerSecond: 29.9,
  bps: 500_000,
  encodeMs: 4,
});

describe('sentTracks', () => {
  it('lists tracks with their viewers, with the largest video first and audio last', () => {
    const watched = [
      { name: 'audio/opus', viewers: 3 },
      { name: 'video/h264-1080p', viewers: 1 },
      { name: 'video/h264-720p', viewers: 2 },
    ];
    expect(sentTracks([stats(180), stats(720)], watched)).toEqual([
      { name: 'video/h264-720p', label: '720p', viewers: 2, details: '30 fps, H.264, 500 kbit/s' },
      { name: 'video/h264-180p', label: '180p', viewers: 0, details: '30 fps, H.264, 500 kbit/s' },
      { name: 'video/h264-1080p', label: '1080p', viewers: 1, details: '' },
      { name: 'audio/opus', label: 'Sound', viewers: 3, details: '' },
    ]);
    expect(sentTracks([], [])).toEqual([]);
    // A relay’s page does not know who watches which track.
    expect(sentTracks([stats(720)], null)).toEqual([
      { name: 'video/h264-720p', label: '720p', viewers: null, details: '30 fps, H.264, 500 kbit/s' },
    ]);
  });
});

it('shows the upload rate next to the limit', () => {
  expect(uploadText(1_900_000, null)).toBe('1.9 Mbit/s');
  expect(uploadText(1_900_000, 2_500_000)).toBe('1.9 Mbit/s of 2.5 Mbit/s');
});
