/**
 * The test pattern shows its frame number as a row of black and white cells, which survives scaling and lossy
 * compression: white, black, 24 bits (most significant first), their parity, and the inverted parity.
 */

/** Number of bits in the frame number. */
const PATTERN_CODE_BITS = 24;
/** Frame numbers are encoded modulo this value. */
export const PATTERN_CODE_LIMIT = 2 ** PATTERN_CODE_BITS;

/** Position of the row of cells, as fractions of the image's width and height. */
export const PATTERN_CODE_AREA = { left: 0.06, right: 0.94, top: 0.84, bottom: 0.94 } as const;

const CELLS = PATTERN_CODE_BITS + 4;
/** Luma thresholds (0..255) of black and white cells. A value between them makes the code unreadable. */
const DARK_BELOW = 96;
const LIGHT_ABOVE = 160;

/** A cell of the code; position and size in pixels. */
interface CodeCell {
  x: number;
  y: number;
  width: number;
  height: number;
  white: boolean;
}

/** The part of ImageData that `readPatternCode` uses. */
export interface Pixels {
  /** RGBA, 4 bytes per pixel, row by row. */
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** Returns the cells that encode `frame` in an image of this size (in pixels). */
export function patternCells(frame: number, width: number, height: number): CodeCell[] {
  return encodeBits(frame).map((white, index) => ({ ...cellRect(index, width, height), white }));
}

/** Reads the frame number from an image. Returns null if the code is missing or ambiguous. */
export function readPatternCode(pixels: Pixels): number | null {
  const bits: boolean[] = [];
  for (let index = 0; index < CELLS; index++) {
    const luma = cellLuma(pixels, index);
    if (luma >= DARK_BELOW && luma <= LIGHT_ABOVE) return null;
    bits.push(luma > LIGHT_ABOVE);
  }
  return decodeBits(bits);
}

function encodeBits(frame: number): boolean[] {
  const value = ((frame % PATTERN_CODE_LIMIT) + PATTERN_CODE_LIMIT) % PATTERN_CODE_LIMIT;
  const bits = Array.from(
    { length: PATTERN_CODE_BITS },
    (_, i) => ((value >> (PATTERN_CODE_BITS - 1 - i)) & 1) === 1,
  );
  const parity = parityOf(bits);
  return [true, false, ...bits, parity, !parity];
}

function decodeBits(bits: readonly boolean[]): number | null {
  const payload = bits.slice(2, 2 + PATTERN_CODE_BITS);
  const parity = parityOf(payload);
  if (bits[0] !== true || bits[1] !== false) return null;
  if (bits[CELLS - 2] !== parity || bits[CELLS - 1] !== !parity) return null;
  return payload.reduce((value, bit) => value * 2 + (bit ? 1 : 0), 0);
}

function parityOf(bits: readonly boolean[]): boolean {
  return bits.filter(Boolean).length % 2 === 1;
}

function cellRect(index: number, width: number, height: number) {
  const { left, right, top, bottom } = PATTERN_CODE_AREA;
  const cell = ((right - left) * width) / CELLS;
  return { x: left * width + index * cell, y: top * height, width: cell, height: (bottom - top) * height };
}

/** Mean luma of the center of a cell. The edges are ignored, because codecs blur them. */
function cellLuma({ data, width, height }: Pixels, index: number): number {
  const cell = cellRect(index, width, height);
  const fromX = Math.floor(cell.x + cell.width * 0.3);
  const toX = Math.max(fromX + 1, Math.ceil(cell.x + cell.width * 0.7));
  const fromY = Math.floor(cell.y + cell.height * 0.3);
  const toY = Math.max(fromY + 1, Math.ceil(cell.y + cell.height * 0.7));
  let sum = 0;
  let count = 0;
  for (let y = fromY; y < Math.min(toY, height); y++) {
    for (let x = fromX; x < Math.min(toX, width); x++) {
      const at = (y * width + x) * 4;
      // ITU-R BT.601 luma.
      sum += 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
      count++;
    }
  }
  return count ? sum / count : 0;
}
