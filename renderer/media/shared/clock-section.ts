/**
 * Name of the catalog section whose `epochMs` is the wall-clock time at media timestamp 0, in milliseconds
 * since the epoch. It is not called `clock`, because moq 0.14 defines that section in a different format.
 */
export const CLOCK_SECTION = 'irohLiveClock';

/** Largest plausible delay, in milliseconds. A larger result means that the two clocks disagree. */
const MAX_DELAY_MS = 30_000;

/**
 * Returns the time since the frame with media time `mediaMs` was captured, in milliseconds. Null if the
 * catalog has no wall-clock time, or if the clocks disagree so much that the result is implausible.
 */
export function captureDelayMs(
  catalog: object | undefined,
  mediaMs: number,
  nowEpochMs: number,
): number | null {
  const clock: unknown = catalog && CLOCK_SECTION in catalog ? catalog[CLOCK_SECTION] : null;
  if (typeof clock !== 'object' || clock === null || !('epochMs' in clock)) return null;
  if (typeof clock.epochMs !== 'number') return null;
  const delayMs = Math.round(nowEpochMs - clock.epochMs - mediaMs);
  return delayMs >= 0 && delayMs <= MAX_DELAY_MS ? delayMs : null;
}
