import type { Resolution } from '../../../common/bridge/renditions.ts';

/** Which renditions a picture is offered in. Pure. */

export interface PictureSize {
  width: number;
  height: number;
}

/** What matters in a picture: even motion (a camera), or what stands written in it (a screen). */
export type Content = 'motion' | 'detail';

export interface Rung {
  size: PictureSize;
  frameRate: number;
}

/** Sizes below the source's that are offered, in lines. */
const presetLines = [1080, 720, 360, 180] as const;
/** A rung less than this far below the next one saves too little to be worth an encoder: 720 lines below 1080. */
const MIN_STEP = 1.5;
/** Text cannot be read below this many lines, so a screen goes no lower than the first rung under it. */
const MIN_TEXT_LINES = 360;
/** Frames a second of a screen's rungs below the top: a page that is turned late is better than one nobody can read. */
const DETAIL_FRAME_RATES = [10, 5] as const;

/** Largest picture encoded, in pixels: 1080p. More costs a software encoder its frame rate. */
const MAX_PIXELS = 1920 * 1080;
/** The smallest side that encoders take without complaint, in pixels. */
const MIN_SIDE = 16;
/** Below what rounding does to a side, above what floating point does. */
const EPSILON = 1e-6;

/** What a picture is named by: its height, or its shorter side where it stands upright. */
export function linesOf({ width, height }: PictureSize): number {
  return Math.min(width, height);
}

export function maxLinesOf(resolution: Resolution): number {
  return Number.parseInt(resolution, 10);
}

/** The largest size encoded: within `maxLines` and MAX_PIXELS, same shape, even sides (4:2:0 chroma needs them). */
export function encodedSize(source: PictureSize, maxLines: number): PictureSize {
  const fit = Math.sqrt(MAX_PIXELS / Math.max(1, source.width * source.height));
  const scale = Math.min(1, fit, maxLines / Math.max(1, linesOf(source)));
  const even = (side: number) => Math.max(MIN_SIDE, 2 * Math.floor((side * scale + EPSILON) / 2));
  return { width: even(source.width), height: even(source.height) };
}

/** The rungs for a source, largest first: the source itself as far as it is allowed, then the presets below it. */
export function ladderFor(
  source: PictureSize,
  frameRate: number,
  content: Content,
  max: Resolution,
): readonly Rung[] {
  const top = encodedSize(source, maxLinesOf(max));
  const rungs: Rung[] = [{ size: top, frameRate }];
  for (const lines of presetLines) {
    const above = rungs.at(-1);
    if (!above || linesOf(above.size) < lines * MIN_STEP) continue;
    if (content === 'detail' && lines < MIN_TEXT_LINES) continue;
    const size = scaledTo(top, lines);
    if (linesOf(size) < lines) continue;
    rungs.push({ size, frameRate: Math.min(frameRate, rungFrameRate(content, rungs.length)) });
  }
  return rungs;
}

function rungFrameRate(content: Content, index: number): number {
  if (content === 'motion') return Number.POSITIVE_INFINITY;
  return DETAIL_FRAME_RATES[index - 1] ?? DETAIL_FRAME_RATES[1];
}

function scaledTo(top: PictureSize, lines: number): PictureSize {
  const scale = lines / linesOf(top);
  const even = (side: number) => 2 * Math.round((side * scale) / 2);
  return { width: even(top.width), height: even(top.height) };
}
