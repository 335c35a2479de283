/**
 * Name of the catalog section that holds the wall clock at media timestamp 0, as `epochMs` in milliseconds since the
 * epoch. The name is specific to this project: moq 0.14 defines a section `clock` in another format and rejects a
 * catalog that has this format under that name.
 */
export const CLOCK_SECTION = 'irohLiveClock';

/** Largest plausible delay, in milliseconds. A larger result means that the two clocks disagree. */
const MAX_DELAY_MS = 30_000;

/**
 * Milliseconds since the frame with media time `mediaMs` was captured. Returns null if the catalog has no wall clock,
 * or if the result is negative or implausibly large because the clocks disagree.
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
