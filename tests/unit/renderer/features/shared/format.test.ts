import { describe, expect, it } from 'vitest';
import {
  codecName,
  formatAgo,
  formatBps,
  formatElapsed,
  shorten,
} from '../../../../../renderer/features/shared/format.ts';

describe('format', () => {
  it('formats bitrates', () => {
    const written = [0, -5, Number.NaN, 20, 640_000, 999_400, 999_600, 2_430_000, 250_000_000].map(formatBps);
    expect(written).toEqual([
      '0 kbit/s',
      '0 kbit/s',
      '0 kbit/s',
      '1 kbit/s',
      '640 kbit/s',
      '999 kbit/s',
      '1.0 Mbit/s',
      '2.4 Mbit/s',
      '250 Mbit/s',
    ]);
  });

  it('formats durations', () => {
    expect([-1, 999, 7000, 754_000, 3_723_000].map(formatElapsed)).toEqual([
      '0:00',
      '0:00',
      '0:07',
      '12:34',
      '1:02:03',
    ]);
  });

  it('formats relative times', () => {
    const now = Date.UTC(2026, 5, 15, 12);
    const minute = 60_000;
    expect(formatAgo(now + 5000, now)).toBe('just now');
    expect(formatAgo(now - 5 * minute, now)).toBe('5 minutes ago');
    expect(formatAgo(now - 3 * 60 * minute, now)).toBe('3 hours ago');
    expect(formatAgo(now - 30 * 60 * minute, now)).toBe('yesterday');
    expect(formatAgo(now - 40 * 24 * 60 * minute, now)).toContain('2026');
  });

  it('names known codecs and returns unknown ones unchanged', () => {
    expect(['avc1.42e01f', 'vp09.00.10.08', 'vp8', 'av01.0.04M.08', 'opus', 'xyz'].map(codecName)).toEqual([
      'H.264',
      'VP9',
      'VP8',
      'AV1',
      'Opus',
      'xyz',
    ]);
  });

  it('shortens a text in the middle', () => {
    expect(shorten('abcdef', 10)).toBe('abcdef');
    expect(shorten('abcdefghij', 5)).toBe('ab…ij');
  });
});
