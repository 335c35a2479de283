/** How a figure has developed over a run. */
export type Growth = 'level' | 'grows' | 'too short';

/** Fewest samples from which growth can be recognized. */
const MIN_SAMPLES = 6;

/**
 * Recognizes growth that does not level off: the last third of the samples lies above the middle third, which lies
 * above the first third, and the last step is at least half of the first. Garbage and viewers that come and go make
 * single samples differ, so the thirds are compared by their medians.
 *
 * @param samples one figure of a process, in equal intervals
 * @param slack the difference between two thirds that does not matter, in the unit of the samples
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
