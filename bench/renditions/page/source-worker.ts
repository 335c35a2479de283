/**
 * The bench's camera: 720p at 30 frames per second, with enough detail for a realistic bitrate. The test
 * pattern's code contains each frame's capture time. The camera runs in a worker, because a real camera does
 * not use the page's thread either.
 */
import { drawCode } from '../../../renderer/media/sources/draw-pattern.ts';
import { PATTERN_CODE_LIMIT } from '../../../renderer/media/sources/pattern-code.ts';
import { steadyEpoch } from './clock.ts';

const WIDTH = 1280;
const HEIGHT = 720;
const FRAME_MS = 1000 / 30;
/**
 * How far the background extends beyond the frame on each side, in pixels. The background needs this room to
 * move.
 */
const MARGIN = 160;
/**
 * Number and side length (in pixels) of the squares that contain new detail in each frame. The encoder's
 * motion search cannot predict this detail.
 */
const DETAIL_SQUARES = 12;
const DETAIL_SIDE = 32;

const epochMs = steadyEpoch();

/** Reproducible random numbers, 0..1, from a linear congruential generator. */
let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

function surface(width: number, height: number) {
  const canvas = new OffscreenCanvas(width, height);
  // Each frame is read back immediately, so a canvas in main memory is faster than one on the GPU.
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('this browser has no 2d context');
  return { canvas, context };
}

/** Draws soft, grainy shapes, which provide some detail at every scale. */
function makeBackground(): OffscreenCanvas {
  const { canvas, context } = surface(WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN);
  for (let i = 0; i < 250; i += 1) {
    const radius = 10 + 140 * random() ** 2;
    context.fillStyle = `hsl(${360 * random()} 45% ${20 + 55 * random()}%)`;
    context.beginPath();
    context.arc(canvas.width * random(), canvas.height * random(), radius, 0, 2 * Math.PI);
    context.fill();
  }
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < image.data.length; at += 4) {
    const grain = (random() - 0.5) * 4;
    for (let c = 0; c < 3; c += 1) image.data[at + c] = (image.data[at + c] ?? 0) + grain;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

const background = makeBackground();
const { canvas, context } = surface(WIDTH, HEIGHT);

function draw(index: number): void {
  const x = MARGIN + Math.round(MARGIN * Math.sin(index / 40));
  const y = MARGIN + Math.round(MARGIN * Math.cos(index / 55));
  context.drawImage(background, x, y, WIDTH, HEIGHT, 0, 0, WIDTH, HEIGHT);
  for (let i = 0; i < DETAIL_SQUARES; i += 1) {
    const from = [random() * (background.width - DETAIL_SIDE), random() * (background.height - DETAIL_SIDE)];
    const to = [random() * (WIDTH - DETAIL_SIDE), random() * (HEIGHT * 0.8 - DETAIL_SIDE)];
    const [sx = 0, sy = 0, dx = 0, dy = 0] = [...from, ...to].map(Math.floor);
    context.drawImage(background, sx, sy, DETAIL_SIDE, DETAIL_SIDE, dx, dy, DETAIL_SIDE, DETAIL_SIDE);
  }
  drawCode(context, WIDTH, HEIGHT, Math.round(epochMs()) % PATTERN_CODE_LIMIT);
}

addEventListener('message', ({ data }: MessageEvent<WritableStream<VideoFrame>>) => {
  const writer = data.getWriter();
  const startMs = performance.now();
  let last = -1;
  let lastMs = 0;
  const timer = setInterval(() => {
    const index = Math.floor((performance.now() - startMs) / FRAME_MS);
    if (index === last) return;
    last = index;
    draw(index);
    const frame = new VideoFrame(canvas, { timestamp: Math.round(performance.now() * 1000) });
    const atMs = performance.now();
    postMessage({ gapMs: lastMs === 0 ? 0 : atMs - lastMs });
    lastMs = atMs;
    // The page has stopped the track, so the camera stops too.
    writer.write(frame).catch(() => {
      frame.close();
      clearInterval(timer);
      close();
    });
  }, 2);
});
