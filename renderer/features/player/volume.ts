/** Volume change per press of an arrow key. The volume ranges from 0 to 1. */
export const VOLUME_STEP = 0.05;

/** Clamps a volume to the range from 0 to 1 and rounds it to hundredths. */
export function clampVolume(volume: number): number {
  return Math.min(1, Math.max(0, Math.round(volume * 100) / 100));
}
