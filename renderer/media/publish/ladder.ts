import type { Resolution } from '../../../common/bridge/renditions.ts';

/** Size of a video frame, in pixels. */
export interface VideoSize {
  width: number;
  height: number;
}

/**
 * What to preserve when quality has to be reduced: smooth motion (for a camera) or readable detail (for a
 * screen).
 */
export type Content = 'motion' | 'detail';

/** Size and frame rate of a rendition. */
export interface RenditionFormat {
  size: VideoSize;
  /** Frames per second. */
  frameRate: number;
}

/** Heights of the renditions that are smaller than the source, in lines. */
const PRESET_LINES = [1080, 720, 360, 180] as const;
/**
 * Minimum size ratio between a rendition and the next smaller one. For example, a 720-line rendition of a
 * 900-line source would not save enough bandwidth to be worth an encoder.
 */
const MIN_STEP_RATIO = 1.5;
/** Minimum height of a screen's smaller renditions, in lines. Text is unreadable at lower heights. */
const MIN_TEXT_LINES = 360;
/**
 * Frame rates of a screen's smaller renditions, in frames per second. It is better for a page to appear late
 * than to be unreadable.
 */
const DETAIL_FRAME_RATES = [10, 5] as const;

/**
 * Largest encoded frame, in pixels: 1080p. A software encoder cannot sustain its frame rate with larger
 * frames.
 */
const MAX_PIXELS = 1920 * 1080;
/** Shortest side that encoders reliably accept, in pixels. */
const MIN_SIDE = 16;
/** Added to a side before it is rounded down, to absorb floating-point errors. */
const EPSILON = 1e-6;

/**
 * Returns the number used in names such as "720p": the height, or the width if the video is in portrait
 * format.
 */
export function linesOf({ width, height }: VideoSize): number {
  return Math.min(width, height);
}

/** Returns the number of lines in a resolution such as `720p`. */
export function maxLinesOf(resolution: Resolution): number {
  return Number.parseInt(resolution, 10);
}

/**
 * Returns the largest size to encode: at most `maxLines` and MAX_PIXELS, with the same aspect ratio, and with even
 * sides for 4:2:0 chroma.
 */
export function encodedSize(source: VideoSize, maxLines: number): VideoSize {
  const fit = Math.sqrt(MAX_PIXELS / Math.max(1, source.width * source.height));
  const scale = Math.min(1, fit, maxLines / Math.max(1, linesOf(source)));
  const even = (side: number) => Math.max(MIN_SIDE, 2 * Math.floor((side * scale + EPSILON) / 2));
  return { width: even(source.width), height: even(source.height) };
}

/**
 * Returns the rendition ladder for a source, largest first: the source's own size, limited to `max`, followed
 * by the smaller preset sizes.
 */
export function ladderFor(
  source: VideoSize,
  frameRate: number,
  content: Content,
  max: Resolution,
): readonly RenditionFormat[] {
  const top = encodedSize(source, maxLinesOf(max));
  const ladder: RenditionFormat[] = [{ size: top, frameRate }];
  for (const lines of PRESET_LINES) {
    const above = ladder.at(-1);
    if (!above || linesOf(above.size) < lines * MIN_STEP_RATIO) continue;
    if (content === 'detail' && lines < MIN_TEXT_LINES) continue;
    const size = scaledTo(top, lines);
    if (linesOf(size) < lines) continue;
    ladder.push({ size, frameRate: Math.min(frameRate, maxFrameRate(content, ladder.length)) });
  }
  return ladder;
}

function maxFrameRate(content: Content, index: number): number {
  if (content === 'motion') return Number.POSITIVE_INFINITY;
  return DETAIL_FRAME_RATES[index - 1] ?? DETAIL_FRAME_RATES[1];
}

function scaledTo(top: VideoSize, lines: number): VideoSize {
  const scale = lines / linesOf(top);
  const even = (side: number) => 2 * Math.round((side * scale) / 2);
  return { width: even(top.width), height: even(top.height) };
}
