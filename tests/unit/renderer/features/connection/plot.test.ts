import { expect, it } from 'vitest';
import { plotLine } from '../../../../../renderer/features/connection/plot.ts';

it('draws time to the right and values upward, with gaps between distant points', () => {
  const frame = { width: 100, height: 44, nowMs: 60_000, spanMs: 60_000, highest: 10 };
  expect(plotLine([], frame)).toBe('');
  expect(
    plotLine(
      [
        { atMs: 58_000, value: 0 },
        { atMs: 60_000, value: 10 },
      ],
      frame,
    ),
  ).toBe('M96.7 42L100 2');
  const gap = plotLine(
    [
      { atMs: 10_000, value: 5 },
      { atMs: 30_000, value: 5 },
      { atMs: -5_000, value: 5 },
      { atMs: 31_000, value: Number.NaN },
    ],
    frame,
  );
  expect(gap.match(/M/g)).toHaveLength(2);
  expect(gap).not.toMatch(/NaN/);
  expect(plotLine([{ atMs: 60_000, value: 0 }], { ...frame, highest: 0 })).toBe('M100 42');
});
