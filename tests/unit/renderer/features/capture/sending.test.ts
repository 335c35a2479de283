import { describe, expect, it } from 'vitest';
import { sentRows, uploadWords } from '../../../../../renderer/features/capture/sending.ts';
import { parseUploadLimit, uploadLimitText } from '../../../../../renderer/features/settings/upload-limit.ts';

const stats = (lines: number) => ({
  name: `video/h264-${lines}p`,
  codec: 'avc1.42e01f',
  width: (lines * 16) / 9,
  height: lines,
  framesPerSecond: 29.9,
  bps: 500_000,
  encodeMs: 4,
});

describe('what is sent', () => {
  it('stands with those who get it, the largest first and the sound last', () => {
    const readers = [
      { name: 'audio/opus', viewers: 3 },
      { name: 'video/h264-1080p', viewers: 1 },
      { name: 'video/h264-720p', viewers: 2 },
    ];
    expect(sentRows([stats(180), stats(720)], readers)).toEqual([
      { name: 'video/h264-720p', label: '720p', readers: 2, facts: '30 fps, H.264, 500 kbit/s' },
      { name: 'video/h264-180p', label: '180p', readers: 0, facts: '30 fps, H.264, 500 kbit/s' },
      { name: 'video/h264-1080p', label: '1080p', readers: 1, facts: '' },
      { name: 'audio/opus', label: 'Sound', readers: 3, facts: '' },
    ]);
    expect(sentRows([], [])).toEqual([]);
    // A relay’s page is not told who reads.
    expect(sentRows([stats(720)], null)).toEqual([
      { name: 'video/h264-720p', label: '720p', readers: null, facts: '30 fps, H.264, 500 kbit/s' },
    ]);
  });

  it('is set against the limit', () => {
    expect(uploadWords(1_900_000, null)).toBe('1.9 Mbit/s');
    expect(uploadWords(1_900_000, 2_500_000)).toBe('1.9 Mbit/s of 2.5 Mbit/s');
  });
});

describe('the upload limit', () => {
  it('is a number of Mbit/s, or nothing', () => {
    expect(parseUploadLimit('  ')).toEqual({ problem: null, bps: null });
    for (const text of ['2.5', ' 2,5 '])
      expect(parseUploadLimit(text)).toEqual({ problem: null, bps: 2_500_000 });
    expect(parseUploadLimit('.5')).toEqual({ problem: null, bps: 500_000 });
    for (const text of ['x', '-1', '1e3', '1.2.3', '0x10', '.', 'Infinity', '1 000']) {
      expect(parseUploadLimit(text).problem).toMatch(/number/);
    }
    expect(parseUploadLimit('0').problem).toMatch(/too little/);
    expect(parseUploadLimit('99999').problem).toMatch(/most/);
  });

  it('is written as it is read', () => {
    for (const bps of [null, 64_000, 2_500_000, 10_000_000_000]) {
      expect(parseUploadLimit(uploadLimitText(bps))).toEqual({ problem: null, bps });
    }
  });
});
