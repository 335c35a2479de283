import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Resolution } from '../../../../../common/bridge/renditions.ts';
import {
  type Content,
  encodedSize,
  ladderFor,
  linesOf,
  type VideoSize,
} from '../../../../../renderer/media/publish/ladder.ts';

const sizes = (source: VideoSize, max: Resolution = '1080p', content: Content = 'motion') =>
  ladderFor(source, 30, content, max).map(({ size }) => `${size.width}x${size.height}`);

describe('encodedSize', () => {
  it('returns a size of at most 1080p with even sides and the same aspect ratio', () => {
    expect(encodedSize({ width: 1280, height: 720 }, 1080)).toEqual({ width: 1280, height: 720 });
    expect(encodedSize({ width: 1921, height: 1081 }, 1080)).toEqual({ width: 1918, height: 1080 });
    expect(encodedSize({ width: 3840, height: 2160 }, 1080)).toEqual({ width: 1920, height: 1080 });
    expect(encodedSize({ width: 1280, height: 720 }, 360)).toEqual({ width: 640, height: 360 });
    expect(encodedSize({ width: 5120, height: 1440 }, 1080).width).toBeLessThan(2800);
    const side = fc.integer({ min: 1, max: 8000 });
    fc.assert(
      fc.property(side, side, fc.constantFrom(180, 360, 720, 1080), (width, height, maxLines) => {
        const size = encodedSize({ width, height }, maxLines);
        expect(size.width % 2).toBe(0);
        expect(size.height % 2).toBe(0);
        expect(linesOf(size)).toBeGreaterThanOrEqual(16);
        expect(linesOf(size)).toBeLessThanOrEqual(maxLines);
      }),
    );
  });
});

describe('ladderFor', () => {
  it('adds the presets below the source’s size', () => {
    expect(sizes({ width: 1920, height: 1080 })).toEqual(['1920x1080', '1280x720', '640x360', '320x180']);
    expect(sizes({ width: 1280, height: 720 })).toEqual(['1280x720', '640x360', '320x180']);
    expect(sizes({ width: 320, height: 180 })).toEqual(['320x180']);
  });

  it('never exceeds the maximum resolution', () => {
    expect(sizes({ width: 1920, height: 1080 }, '360p')).toEqual(['640x360', '320x180']);
    expect(sizes({ width: 1080, height: 1920 }, '180p')).toEqual(['180x320']);
  });

  it('starts with the source’s size if it lies between two presets, and skips a preset slightly below it', () => {
    expect(sizes({ width: 640, height: 480 })).toEqual(['640x480', '240x180']);
    expect(sizes({ width: 960, height: 540 })).toEqual(['960x540', '640x360', '320x180']);
  });

  it('measures portrait video by its shorter side', () => {
    expect(sizes({ width: 720, height: 1280 })).toEqual(['720x1280', '360x640', '180x320']);
  });

  it('lowers the frame rate of a screen instead of making text unreadable', () => {
    expect(
      ladderFor({ width: 1920, height: 1080 }, 30, 'detail', '1080p').map(
        ({ size, frameRate }) => `${size.height}p${frameRate}`,
      ),
    ).toEqual(['1080p30', '720p10', '360p5']);
  });

  it('keeps the steps at least a factor of 1.5 apart, and the sides even, for any source', () => {
    const side = fc.integer({ min: 1, max: 8000 });
    const max = fc.constantFrom<Resolution>('180p', '360p', '720p', '1080p');
    fc.assert(
      fc.property(side, side, max, (width, height, limit) => {
        const ladder = ladderFor({ width, height }, 30, 'motion', limit);
        const lines = ladder.map(({ size }) => linesOf(size));
        expect(lines.length).toBeGreaterThan(0);
        for (const [i, value] of lines.entries()) {
          expect(value).toBeLessThanOrEqual(Number.parseInt(limit, 10));
          if (i > 0) expect(value * 1.5).toBeLessThanOrEqual(lines[i - 1] ?? 0);
        }
        for (const { size } of ladder) expect([size.width % 2, size.height % 2]).toEqual([0, 0]);
      }),
    );
  });
});
