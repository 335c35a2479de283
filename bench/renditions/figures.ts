import { PATTERN_CODE_LIMIT } from '../../renderer/media/sources/pattern-code.ts';
import type { AudioMark, Recording, Sighting, Step } from './recording.ts';

/** Frames in this time after the first one are ignored for the delay, because joining delays them. In milliseconds. */
const WARM_UP_MS = 1_000;
/** Shorter silence is not audible as a gap, in milliseconds. */
const DROPOUT_MS = 10;
/** The audio observer reports every 50 ms. Without a report for this long nothing was playing, in milliseconds. */
const MAX_REPORT_GAP_MS = 200;
/** A settled video shows no frame longer than this: six frame intervals. In milliseconds. */
const SETTLED_GAP_MS = 200;
/** A settled video has no frame later than the first phase's median by more than this, in milliseconds. */
const SETTLED_LATE_MS = 150;

/** The figures of one run. Times are in milliseconds; null if the run has no data for them. */
export interface Figures {
  /** From the request to the first frame. */
  joinMs: number | null;
  delayMedianMs: number | null;
  delayP95Ms: number | null;
  /** The longest time that one frame was shown. */
  longestFreezeMs: number | null;
  /** The longest time between two frames at the source, a lower bound of the freeze. */
  sourceGapMs: number;
  framesPerSecond: number;
  /** Share of the time for each frame height (such as `720p`), 0..1. */
  shares: Record<string, number>;
  switches: number;
  /** Number of frames that were older than the one before. */
  backwards: number;
  /** For each change of the network, the time until the video settled for the rest of the phase; null if never. */
  settle: { step: string; afterMs: number | null }[];
  soundDropouts: number;
  soundMissingMs: number;
}

/** Computes the figures of a recording. */
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
    ...audioGaps(seen.audio, endMs),
  };
}

/** Delay from capture to display, in milliseconds. */
export function delayOf({ atMs, code }: Sighting): number {
  return modulo(atMs - code);
}

/** The quantile of values, with `part` in 0..1; null without values. */
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

/** How long each frame was shown, and until when. */
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
 * Time in a phase until the rendition stops changing, is the first phase's largest (if it fits), and no frame freezes or
 * is late. In milliseconds; null if this happens never or only at the very end of the phase.
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

/** Audio gaps after the first audible audio. */
function audioGaps(
  marks: readonly AudioMark[],
  endMs: number,
): Pick<Figures, 'soundDropouts' | 'soundMissingMs'> {
  let soundDropouts = 0;
  let soundMissingMs = 0;
  const gap = (fromMs: number, toMs: number) => {
    if (toMs - fromMs < DROPOUT_MS) return;
    soundDropouts += 1;
    soundMissingMs += toMs - fromMs;
  };
  const begin = marks.findIndex(({ loud }) => loud);
  if (begin < 0) return { soundDropouts, soundMissingMs };
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
  return { soundDropouts, soundMissingMs };
}
