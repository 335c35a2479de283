import { closeSync, openSync, writeSync } from 'node:fs';
import { patternCells } from '../../renderer/media/sources/pattern-code.ts';

const FRAMES_PER_SECOND = 30;

/**
 * Writes an uncompressed Y4M video for Chromium's fake camera, which plays it in a loop. Each frame shows its
 * number in the test pattern's code. `width` and `height` are in pixels.
 */
export function writeCameraFile(path: string, { width = 640, height = 360, frames = 150 } = {}): void {
  const file = openSync(path, 'w');
  try {
    writeSync(file, `YUV4MPEG2 W${width} H${height} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`);
    const chroma = Buffer.alloc((width * height) / 2, 128);
    for (let frame = 0; frame < frames; frame += 1) {
      const luma = Buffer.alloc(width * height, 128);
      for (const cell of patternCells(frame, width, height)) {
        const value = cell.white ? 235 : 16;
        for (let y = Math.floor(cell.y); y < cell.y + cell.height; y += 1) {
          const row = y * width;
          luma.fill(value, row + Math.round(cell.x), row + Math.round(cell.x + cell.width));
        }
      }
      writeSync(file, 'FRAME\n');
      writeSync(file, luma);
      writeSync(file, chroma);
    }
  } finally {
    closeSync(file);
  }
}
