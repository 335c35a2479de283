import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  PATTERN_CODE_LIMIT,
  type Pixels,
  patternCells,
  readPatternCode,
} from '../../../../../renderer/media/sources/pattern-code.ts';

function patternImage(frame: number, width: number, height: number, noise = 0): Pixels {
  const data = new Uint8ClampedArray(width * height * 4).fill(128);
  for (const cell of patternCells(frame, width, height)) {
    for (let y = Math.round(cell.y); y < Math.round(cell.y + cell.height); y++) {
      for (let x = Math.round(cell.x); x < Math.round(cell.x + cell.width); x++) {
        const value = cell.white ? 255 - noise : noise;
        data.fill(value, (y * width + x) * 4, (y * width + x) * 4 + 3);
      }
    }
  }
  return { data, width, height };
}

describe('pattern code', () => {
  it('encodes and decodes any frame number, at any size, despite noise', () => {
    const frames = fc.integer({ min: 0, max: PATTERN_CODE_LIMIT - 1 });
    const size = fc.integer({ min: 160, max: 700 });
    fc.assert(
      fc.property(frames, size, fc.integer({ min: 0, max: 80 }), (frame, width, noise) => {
        expect(readPatternCode(patternImage(frame, width, Math.round((width * 9) / 16), noise))).toBe(frame);
      }),
      { numRuns: 40 },
    );
  });

  it('wraps around after its largest number', () => {
    expect(readPatternCode(patternImage(PATTERN_CODE_LIMIT + 7, 320, 180))).toBe(7);
  });

  it('returns null for an image without a code', () => {
    for (const level of [0, 128, 255]) {
      const data = new Uint8ClampedArray(320 * 180 * 4).fill(level);
      expect(readPatternCode({ data, width: 320, height: 180 })).toBeNull();
    }
  });

  it('returns null if a single cell is wrong', () => {
    const { data, width, height } = patternImage(12_345, 320, 180);
    const [, , cell] = patternCells(12_345, width, height);
    if (!cell) throw new Error('no cell');
    const flipped = new Uint8ClampedArray(data as Uint8ClampedArray);
    for (let y = Math.round(cell.y); y < cell.y + cell.height; y++) {
      for (let x = Math.round(cell.x); x < cell.x + cell.width; x++) {
        flipped.fill(cell.white ? 0 : 255, (y * width + x) * 4, (y * width + x) * 4 + 3);
      }
    }
    expect(readPatternCode({ data: flipped, width, height })).toBeNull();
  });
});
