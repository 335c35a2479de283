/** Volume change for one press of an arrow key; the volume's range is 0..1. */
export const VOLUME_STEP = 0.05;

/** Limits a volume to 0..1 and rounds it to hundredths. */
export function clampVolume(volume: number): number {
  return Math.min(1, Math.max(0, Math.round(volume * 100) / 100));
}
