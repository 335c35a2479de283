import { describe, expect, it } from 'vitest';
import { parseUploadLimit, uploadLimitText } from '../../../../../renderer/features/settings/upload-limit.ts';

describe('the upload limit', () => {
  it('accepts a number of Mbit/s or an empty text', () => {
    expect(parseUploadLimit('  ')).toEqual({ problem: null, bps: null });
    for (const text of ['2.5', ' 2,5 '])
      expect(parseUploadLimit(text)).toEqual({ problem: null, bps: 2_500_000 });
    expect(parseUploadLimit('.5')).toEqual({ problem: null, bps: 500_000 });
    for (const text of ['x', '-1', '1e3', '1.2.3', '0x10', '.', 'Infinity', '1 000']) {
      expect(parseUploadLimit(text).problem).toMatch(/number/);
    }
    expect(parseUploadLimit('0').problem).toMatch(/not enough/);
    expect(parseUploadLimit('99999').problem).toMatch(/maximum/);
  });

  it('parses what it formats', () => {
    for (const bps of [null, 64_000, 2_500_000, 10_000_000_000]) {
      expect(parseUploadLimit(uploadLimitText(bps))).toEqual({ problem: null, bps });
    }
  });
});
