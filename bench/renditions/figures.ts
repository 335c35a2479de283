import { PATTERN_CODE_LIMIT } from '../../renderer/media/sources/pattern-code.ts';
import type { Recording, Sighting, SoundMark, Step } from './recording.ts';

/** The first pictures come late by the time that joining took; delay counts after this, in milliseconds. */
const WARM_UP_MS = 1_000;
/** Silence shorter than this is not heard as a gap, in milliseconds. */
const DROPOUT_MS = 10;
/** Ears tell every 50 ms that they hear; without word for this long there was nothing that played, in milliseconds. */
const DEAF_MS = 200;
/** A link counts as settled while no picture stands longer than this: six frames. In milliseconds. */
const SETTLED_GAP_MS = 200;
/** ... and while pictures are not later than the first phase's median by more than this, in milliseconds. */
const SETTLED_LATE_MS = 150;

export interface Figures {
  /** From asking to the first picture; null when there never was one. */
  joinMs: number | null;
  delayMedianMs: number | null;
  delayP95Ms: number | null;
  /** The longest time that one picture stood. */
  longestFreezeMs: number | null;
  /** The longest time between two pictures at the source: no freeze can be less. */
  sourceGapMs: number;
  framesPerSecond: number;
  /** Time in each picture height, 0..1, such as `720p`. */
  shares: Record<string, number>;
  switches: number;
  /** Pictures that were older than the one before. */
  backwards: number;
  /** For each change of the link: after how long all was well for the rest of the phase; null is never. */
  settle: { step: string; afterMs: number | null }[];
  soundDropouts: number;
  soundMissingMs: number;
}

/** Pure: what a recording says. */
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
    ...soundOf(seen.sound, endMs),
  };
}

/** From capture to display, in milliseconds. */
export function delayOf({ atMs, code }: Sighting): number {
  return modulo(atMs - code);
}

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

/** How long each picture stood, and until when. */
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
 * After how long in a phase the rendition changes no more, is the first phase's best where that fits, no picture
 * stands and none is late. In milliseconds; null when that never comes, or only in the phase's last moment.
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
    const stood = last ? sighting.atMs - Math.max(last.atMs, step.atMs) : 0;
    const late = delayOf(sighting) > usualMs + SETTLED_LATE_MS;
    const low = step.top && sighting.height < best;
    if (sighting.height !== last?.height || stood > SETTLED_GAP_MS || late || low) sinceMs = sighting.atMs;
    last = sighting;
  }
  if (!last || untilMs - last.atMs > SETTLED_GAP_MS || (step.top && last.height < best)) return null;
  return untilMs - sinceMs > WARM_UP_MS ? sinceMs - step.atMs : null;
}

/** Gaps between the first and the last sound that was heard. */
function soundOf(
  marks: readonly SoundMark[],
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
    if (atMs - lastMs > DEAF_MS) quietSinceMs ??= lastMs;
    if (!loud) quietSinceMs ??= atMs;
    else if (quietSinceMs !== null) {
      gap(quietSinceMs, atMs);
      quietSinceMs = null;
    }
    lastMs = atMs;
  }
  if (endMs - lastMs > DEAF_MS) quietSinceMs ??= lastMs;
  if (quietSinceMs !== null) gap(quietSinceMs, endMs);
  return { soundDropouts, soundMissingMs };
}
