import { expect, test } from 'vitest';
import { VOLUME_STEP, volumeOf } from '../../../../../renderer/features/player/volume.ts';

test('a volume stays within 0..1, and steps do not add up to fractions of a hundredth', () => {
  expect([volumeOf(-0.3), volumeOf(1.2)]).toEqual([0, 1]);
  let volume = 1;
  for (let i = 0; i < 7; i++) volume = volumeOf(volume - VOLUME_STEP);
  expect(volume).toBe(0.65);
});
