/** A timestamped value. The time is in milliseconds since the epoch. */
export interface PlotPoint {
  atMs: number;
  value: number;
}

interface PlotFrame {
  width: number;
  height: number;
  /** The time at the right edge, in milliseconds since the epoch. */
  nowMs: number;
  spanMs: number;
  highest: number;
}

/** Maximum time between two points that a line connects, in milliseconds. */
const GAP_MS = 3_500;
/** Margin for the stroke at the top and bottom, in drawing units. */
const EDGE = 2;

/**
 * The `d` attribute of an SVG path through the points. Time runs to the right, and the highest value is at
 * the top.
 */
export function plotLine(points: readonly PlotPoint[], frame: PlotFrame): string {
  const { width, height, nowMs, spanMs, highest } = frame;
  let d = '';
  let beforeMs = Number.NEGATIVE_INFINITY;
  for (const { atMs, value } of points) {
    const x = width * (1 - (nowMs - atMs) / spanMs);
    if (x < 0 || !Number.isFinite(value)) continue;
    const share = highest > 0 ? Math.min(1, Math.max(0, value / highest)) : 0;
    const y = height - EDGE - share * (height - 2 * EDGE);
    const joins = atMs - beforeMs <= GAP_MS;
    d += `${joins ? 'L' : 'M'}${round(Math.min(width, x))} ${round(y)}`;
    beforeMs = atMs;
  }
  return d;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
