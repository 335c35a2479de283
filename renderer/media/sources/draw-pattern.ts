import { PATTERN_CODE_AREA, patternCells } from './pattern-code.ts';

/** The frame number and time to draw into a frame of the test pattern. */
interface PatternMoment {
  /** Number of the frame, counted from the start of the pattern. */
  frame: number;
  frameRate: number;
  /** Wall-clock time, in milliseconds since the epoch. */
  wallClockMs: number;
}

const BARS = ['#c8c8c8', '#c8c832', '#32c8c8', '#32c832', '#c832c8', '#c83232', '#3232c8'];
/**
 * Number of consecutive frames in each flash, which occurs once a second. Together, these frames last as long
 * as the beep.
 */
const FLASH_FRAMES = 3;

/** Draws the test pattern: color bars, a moving ball, a clock, and the frame number as text and as a machine-readable code. */
export function drawPattern(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  at: PatternMoment,
): void {
  const unit = height / 24;
  BARS.forEach((color, index) => {
    context.fillStyle = color;
    context.fillRect((index * width) / BARS.length, 0, width / BARS.length + 1, height * 0.4);
  });
  context.fillStyle = '#16181d';
  context.fillRect(0, height * 0.4, width, height * 0.6);
  drawSweep(context, width, height, at);
  drawFlash(context, width, unit, at);
  drawTexts(context, width, height, at);
  drawCode(context, width, height, at.frame);
}

/** Draws a ball that crosses the image in three seconds and bounces once a second. */
function drawSweep(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  at: PatternMoment,
): void {
  const seconds = at.frame / at.frameRate;
  const x = ((seconds % 3) / 3) * width;
  const y = height * 0.4 - Math.abs(Math.sin(seconds * Math.PI)) * height * 0.3;
  context.fillStyle = '#ffffff';
  context.beginPath();
  context.arc(x, y, height * 0.05, 0, 2 * Math.PI);
  context.fill();
}

function drawFlash(context: CanvasRenderingContext2D, width: number, unit: number, at: PatternMoment): void {
  context.fillStyle = at.frame % at.frameRate < FLASH_FRAMES ? '#ffffff' : '#000000';
  context.fillRect(width - unit * 4, unit, unit * 3, unit * 3);
}

function drawTexts(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  at: PatternMoment,
): void {
  const clock = new Date(at.wallClockMs).toISOString().slice(11, 23);
  context.fillStyle = '#ffffff';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = `600 ${Math.round(height * 0.15)}px monospace`;
  context.fillText(clock, width / 2, height * 0.55);
  context.font = `${Math.round(height * 0.06)}px monospace`;
  context.fillText(`UTC   frame ${at.frame}`, width / 2, height * 0.7);
}

/**
 * Draws the row of cells that encodes `frame`. `width` and `height` are the size of the whole image, in
 * pixels.
 */
export function drawCode(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
  frame: number,
): void {
  const { left, right, top, bottom } = PATTERN_CODE_AREA;
  const margin = height * 0.02;
  // The gray border makes the outer edges of both black and white cells visible.
  context.fillStyle = '#808080';
  context.fillRect(
    left * width - margin,
    top * height - margin,
    (right - left) * width + 2 * margin,
    (bottom - top) * height + 2 * margin,
  );
  for (const cell of patternCells(frame, width, height)) {
    context.fillStyle = cell.white ? '#ffffff' : '#000000';
    context.fillRect(cell.x, cell.y, cell.width, cell.height);
  }
}
