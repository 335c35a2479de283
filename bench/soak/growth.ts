/** How a figure changed during a run. */
export type Growth = 'level' | 'grows' | 'too short';

/** Minimum number of samples needed to detect growth. */
const MIN_SAMPLES = 6;

/**
 * Returns whether a figure grows without leveling off. Compares the medians of the first, middle and last
 * third, because single samples are noisy. The figure counts as growing if its increase from the middle to
 * the last third exceeds `slack` and is at least half of its increase from the first to the middle third.
 * @param samples values of one figure of a process, at equal intervals
 * @param slack the largest increase to ignore, in the same unit as the samples
 */
export function growthOf(samples: readonly number[], slack: number): Growth {
  if (samples.length < MIN_SAMPLES) return 'too short';
  const third = Math.floor(samples.length / 3);
  const first = median(samples.slice(0, third));
  const middle = median(samples.slice(third, 2 * third));
  const last = median(samples.slice(2 * third));
  const lastStep = last - middle;
  return lastStep > slack && lastStep >= (middle - first) / 2 ? 'grows' : 'level';
}

/** The median of at least one number. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
