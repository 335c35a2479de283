/** Colors of the clip's corners, in the order top left, top right, bottom left, bottom right. */
const CORNERS = ['red', 'lime', 'blue', 'white'] as const;
const WIDTH = 640;
const HEIGHT = 360;
/** How long to record, in milliseconds. A file of this length can be looped without stopping. */
const RECORD_MS = 1_500;

/** Matrix entries a, b, c and d of the track header for each clockwise rotation (ISO/IEC 14496-12, section 8.3.2). */
const MATRICES: Readonly<Record<number, readonly [number, number, number, number]>> = {
  0: [1, 0, 0, 1],
  90: [0, 1, -1, 0],
  180: [-1, 0, 0, -1],
  270: [0, -1, 1, 0],
};
/** Offset of the matrix from the box's type field, for version 0 and version 1 of the track header box. */
const MATRIX_OFFSETS = [44, 56] as const;
/** Offsets of entries a, b, c and d in the matrix. */
const ENTRY_OFFSETS = [0, 4, 12, 16] as const;

/**
 * Records an MP4 file whose corners have different colors, and sets the rotation in its track header.
 *
 * @param degrees clockwise rotation: 0, 90, 180 or 270
 */
export async function recordRotatedClip(degrees: number): Promise<File> {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext('2d');
  let frame = 0;
  const draw = setInterval(() => {
    if (!context) return;
    for (const [i, color] of CORNERS.entries()) {
      context.fillStyle = color;
      context.fillRect(((i % 2) * WIDTH) / 2, (Math.floor(i / 2) * HEIGHT) / 2, WIDTH / 2, HEIGHT / 2);
    }
    // Change some pixels in each frame, because the recorder drops unchanged frames.
    context.fillStyle = frame++ % 2 ? 'black' : 'gray';
    context.fillRect(WIDTH / 2 - 8, HEIGHT / 2 - 8, 16, 16);
  }, 40);
  const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/mp4;codecs=vp9' });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  recorder.start();
  await new Promise((resolve) => setTimeout(resolve, RECORD_MS));
  recorder.stop();
  await stopped;
  clearInterval(draw);
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  setRotation(bytes, degrees);
  return new File([bytes], 'phone.mp4', { type: 'video/mp4' });
}

function setRotation(bytes: Uint8Array<ArrayBuffer>, degrees: number): void {
  const header = [...'tkhd'].map((char) => char.charCodeAt(0));
  const at = bytes.findIndex((_, i) => header.every((code, j) => bytes[i + j] === code));
  const matrix = MATRICES[degrees];
  const matrixOffset = MATRIX_OFFSETS[bytes[at + 4] ?? -1];
  if (at < 0 || !matrix || matrixOffset === undefined) throw new Error('no track header');
  const view = new DataView(bytes.buffer);
  for (const [i, offset] of ENTRY_OFFSETS.entries()) {
    view.setInt32(at + matrixOffset + offset, (matrix[i] ?? 0) * 0x1_0000);
  }
}

/** Returns the names of the colors in a canvas's corners, in the order of `CORNERS`; `?` for any other color. */
export function cornersOf(canvas: HTMLCanvasElement): string {
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext('2d');
  if (!copy) return '';
  copy.drawImage(canvas, 0, 0);
  return [
    [0.15, 0.15],
    [0.85, 0.15],
    [0.15, 0.85],
    [0.85, 0.85],
  ]
    .map(([x = 0, y = 0]) => copy.getImageData(Math.floor(x * width), Math.floor(y * height), 1, 1).data)
    .map(([r = 0, g = 0, b = 0]) => {
      const bits = (r > 128 ? 4 : 0) + (g > 128 ? 2 : 0) + (b > 128 ? 1 : 0);
      return { 4: 'red', 2: 'lime', 1: 'blue', 7: 'white' }[bits] ?? '?';
    })
    .join(' ');
}
