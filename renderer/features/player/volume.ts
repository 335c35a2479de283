/** One press of an arrow key changes the volume by this share. */
export const VOLUME_STEP = 0.05;

/** What is wished for, as a volume: 0..1, in whole hundredths. */
export function volumeOf(wished: number): number {
  return Math.min(1, Math.max(0, Math.round(wished * 100) / 100));
}
