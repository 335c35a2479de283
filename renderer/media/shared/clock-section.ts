/**
 * The section of the catalog that says what the wall clock shows at timestamp 0, in milliseconds since the epoch. A name
 * of this project's own: moq 0.14 has a section `clock` of another form, and reads no catalog with this one under it.
 */
export const CLOCK_SECTION = 'irohLiveClock';

/** How old a plausible picture is at most, in milliseconds: beyond it, the two clocks do not agree. */
const MAX_DELAY_MS = 30_000;

/**
 * How long ago a picture of media time `mediaMs` was taken, in milliseconds; null where the publisher does not say what
 * its clock shows, or the clocks cannot both be right.
 */
export function delayOf(catalog: object | undefined, mediaMs: number, nowEpochMs: number): number | null {
  const clock: unknown = catalog && CLOCK_SECTION in catalog ? catalog[CLOCK_SECTION] : null;
  if (typeof clock !== 'object' || clock === null || !('epochMs' in clock)) return null;
  if (typeof clock.epochMs !== 'number') return null;
  const delayMs = Math.round(nowEpochMs - clock.epochMs - mediaMs);
  return delayMs >= 0 && delayMs <= MAX_DELAY_MS ? delayMs : null;
}
