import { expect, it } from 'vitest';
import { CLOCK_SECTION, captureDelayMs } from '../../../../../renderer/media/shared/clock-section.ts';

it('computes the delay only if the catalog has the publisher’s wall clock and the result is plausible', () => {
  const catalog = { [CLOCK_SECTION]: { epochMs: 1_000_000 } };
  expect(captureDelayMs(catalog, 500, 1_000_587)).toBe(87);
  expect(captureDelayMs(catalog, 500, 1_000_400)).toBeNull();
  expect(captureDelayMs(catalog, 500, 9_000_000)).toBeNull();
  for (const other of [undefined, {}, { [CLOCK_SECTION]: null }, { [CLOCK_SECTION]: { epochMs: 'x' } }]) {
    expect(captureDelayMs(other, 0, 1_000_000)).toBeNull();
  }
});
