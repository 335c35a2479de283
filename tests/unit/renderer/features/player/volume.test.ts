import { expect, test } from 'vitest';
import { clampVolume, VOLUME_STEP } from '../../../../../renderer/features/player/volume.ts';

test('clampVolume limits a volume to the range from 0 to 1 and rounds repeated steps to hundredths', () => {
  expect([clampVolume(-0.3), clampVolume(1.2)]).toEqual([0, 1]);
  let volume = 1;
  for (let i = 0; i < 7; i++) volume = clampVolume(volume - VOLUME_STEP);
  expect(volume).toBe(0.65);
});
