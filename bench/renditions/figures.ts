import { PATTERN_CODE_LIMIT } from '../../renderer/media/sources/pattern-code.ts';
import type { AudioMark, Recording, Sighting, Step } from './recording.ts';

/**
 * How long to wait after the first frame before delays are measured, in milliseconds. Joining delays the
 * first frames.
 */
const WARM_UP_MS = 1_000;
/** Minimum silence that is audible as a gap, in milliseconds. */
const DROPOUT_MS = 10;
/**
 * If the audio observer is silent for longer than this, in milliseconds, nothing was playing. It reports
 * every 50 ms while audio plays.
 */
const MAX_REPORT_GAP_MS = 200;
/** Longest time for which a settled video may show the same frame, in milliseconds: six frame intervals. */
const SETTLED_GAP_MS = 200;
/**
 * Once the video has settled, a frame's delay may exceed the first phase's median delay by at most this much,
 * in milliseconds.
 */
const SETTLED_LATE_MS = 150;

/** The figures for one run. Times are in milliseconds; a figure is null if the run has no data for it. */
export interface Figures {
  /** Time from the request for the video to the first frame. */
  joinMs: number | null;
  delayMedianMs: number | null;
  delayP95Ms: number | null;
  /** Longest time that one frame was shown. */
  longestFreezeMs: number | null;
  /**
   * Longest time between two consecutive frames at the source. `longestFreezeMs` cannot be shorter than this.
   */
  sourceGapMs: number;
  framesPerSecond: number;
  /** Fraction of the time at each frame height (such as `720p`), 0..1. */
  shares: Record<string, number>;
  switches: number;
  /** Number of frames that were older than the frame before them. */
  backwards: number;
  /**
   * Time from each network change until the video settled and then stayed settled until the end of the phase;
   * null if it never did.
   */
  settle: { step: string; afterMs: number | null }[];
  audioGaps: number;
  audioMissingMs: number;
}

/** Computes the figures from a recording. */
export function figuresOf({ askedMs, endMs, seen, made, steps }: Recording): Figures {
  const { sightings } = seen;
  const [first] = sightings;
  const delays = first ? sightings.filter(({ atMs }) => atMs >= first.atMs + WARM_UP_MS).map(delayOf) : [];
  const watchedMs = first ? endMs - first.atMs : 0;
  return {
    joinMs: first ? first.atMs - askedMs : null,
    delayMedianMs: quantile(delays, 0.5),
    delayP95Ms: quantile(delays, 0.95),
    longestFreezeMs: first ? Math.max(...gaps(sightings, endMs).map(({ lengthMs }) => lengthMs)) : null,
    sourceGapMs: made.longestGapMs,
    framesPerSecond: watchedMs > 0 ? (sightings.length * 1_000) / watchedMs : 0,
    shares: sharesOf(sightings, endMs),
    switches: sightings.filter(({ height }, i) => i > 0 && height !== sightings[i - 1]?.height).length,
    backwards: sightings.filter((sighting, i) => isOlder(sighting, sightings[i - 1])).length,
    settle: steps
      .slice(1)
      .map((step, i) => ({ step: step.name, afterMs: settledAfter(steps, i + 1, sightings, endMs) })),
    ...audioFigures(seen.audio, endMs),
  };
}

/** Delay from capture to display, in milliseconds. */
export function delayOf({ atMs, code }: Sighting): number {
  return modulo(atMs - code);
}

/** Returns a quantile of the values, with `part` in 0..1; null if there are no values. */
export function quantile(values: readonly number[], part: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? null;
}

function modulo(value: number): number {
  return ((value % PATTERN_CODE_LIMIT) + PATTERN_CODE_LIMIT) % PATTERN_CODE_LIMIT;
}

function isOlder(sighting: Sighting, before: Sighting | undefined): boolean {
  return before !== undefined && modulo(sighting.code - before.code) > PATTERN_CODE_LIMIT / 2;
}

/** Returns how long each frame was shown and when it was replaced. */
function gaps(sightings: readonly Sighting[], endMs: number): { untilMs: number; lengthMs: number }[] {
  return sightings.map(({ atMs }, i) => {
    const untilMs = sightings[i + 1]?.atMs ?? endMs;
    return { untilMs, lengthMs: untilMs - atMs };
  });
}

function sharesOf(sightings: readonly Sighting[], endMs: number): Record<string, number> {
  const total = endMs - (sightings[0]?.atMs ?? endMs);
  const times = new Map<number, number>();
  for (const [i, { atMs, height }] of sightings.entries()) {
    times.set(height, (times.get(height) ?? 0) + (sightings[i + 1]?.atMs ?? endMs) - atMs);
  }
  return Object.fromEntries(
    [...times].sort(([a], [b]) => b - a).map(([height, forMs]) => [`${height}p`, forMs / total]),
  );
}

/**
 * Returns how long after the start of a phase the video settles, in milliseconds; null if it never does. A
 * settled video keeps its rendition without freezes or late frames, and shows the first phase's largest
 * rendition if the phase's network can carry it.
 */
function settledAfter(
  steps: readonly Step[],
  index: number,
  sightings: readonly Sighting[],
  endMs: number,
): number | null {
  const step = steps[index];
  if (!step) return null;
  const untilMs = steps[index + 1]?.atMs ?? endMs;
  const before = sightings.filter(({ atMs }) => atMs < (steps[1]?.atMs ?? endMs));
  const usualMs = quantile(before.map(delayOf), 0.5) ?? 0;
  const best = Math.max(0, ...before.map(({ height }) => height));
  let sinceMs = step.atMs;
  let last = sightings.findLast(({ atMs }) => atMs < step.atMs);
  for (const sighting of sightings.filter(({ atMs }) => atMs >= step.atMs && atMs < untilMs)) {
    const shownMs = last ? sighting.atMs - Math.max(last.atMs, step.atMs) : 0;
    const late = delayOf(sighting) > usualMs + SETTLED_LATE_MS;
    const low = step.top && sighting.height < best;
    if (sighting.height !== last?.height || shownMs > SETTLED_GAP_MS || late || low) sinceMs = sighting.atMs;
    last = sighting;
  }
  if (!last || untilMs - last.atMs > SETTLED_GAP_MS || (step.top && last.height < best)) return null;
  return untilMs - sinceMs > WARM_UP_MS ? sinceMs - step.atMs : null;
}

/** Computes the gaps in the audio, starting when the tone first became audible. */
function audioFigures(
  marks: readonly AudioMark[],
  endMs: number,
): Pick<Figures, 'audioGaps' | 'audioMissingMs'> {
  let audioGaps = 0;
  let audioMissingMs = 0;
  const gap = (fromMs: number, toMs: number) => {
    if (toMs - fromMs < DROPOUT_MS) return;
    audioGaps += 1;
    audioMissingMs += toMs - fromMs;
  };
  const begin = marks.findIndex(({ loud }) => loud);
  if (begin < 0) return { audioGaps, audioMissingMs };
  let quietSinceMs: number | null = null;
  let lastMs = marks[begin]?.atMs ?? endMs;
  for (const { atMs, loud } of marks.slice(begin)) {
    if (atMs - lastMs > MAX_REPORT_GAP_MS) quietSinceMs ??= lastMs;
    if (!loud) quietSinceMs ??= atMs;
    else if (quietSinceMs !== null) {
      gap(quietSinceMs, atMs);
      quietSinceMs = null;
    }
    lastMs = atMs;
  }
  if (endMs - lastMs > MAX_REPORT_GAP_MS) quietSinceMs ??= lastMs;
  if (quietSinceMs !== null) gap(quietSinceMs, endMs);
  return { audioGaps, audioMissingMs };
}
