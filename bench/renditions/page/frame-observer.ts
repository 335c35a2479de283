import {
  PATTERN_CODE_AREA,
  type Pixels,
  readPatternCode,
} from '../../../renderer/media/sources/pattern-code.ts';
import type { Sighting } from '../recording.ts';

/**
 * Size, in pixels, to which frames are scaled before the code is read. At this size, the code's 28 cells span
 * 280 pixels.
 */
const WIDTH = 320;
const HEIGHT = 180;

/** Vertical range of the code, including a margin, as fractions of the height. */
const TOP = PATTERN_CODE_AREA.top - 0.01;
const BOTTOM = PATTERN_CODE_AREA.bottom + 0.01;

type Draw = CanvasRenderingContext2D['drawImage'];

/**
 * The last video frame drawn on each canvas; null once it has been read. Reading the canvas instead would
 * cost as much as drawing it and slow down the page.
 */
const drawn = new WeakMap<HTMLCanvasElement, { frame: VideoFrame | null }>();

function hookDrawImage(): void {
  hookPixelCopies();
  const draw: Draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (
    this: CanvasRenderingContext2D,
    ...args: unknown[]
  ) {
    const [image] = args;
    drawn.get(this.canvas)?.frame?.close();
    if (image instanceof VideoFrame) drawn.set(this.canvas, { frame: image.clone() });
    else drawn.delete(this.canvas);
    Reflect.apply(draw, this, args);
  } as Draw;
}

/** Copying a frame's pixels into a canvas also counts as drawing. */
function hookPixelCopies(): void {
  const { copyTo } = VideoFrame.prototype;
  let copied: VideoFrame | null = null;
  VideoFrame.prototype.copyTo = function (
    this: VideoFrame,
    to: AllowSharedBufferSource,
    options?: VideoFrameCopyToOptions & { format?: string },
  ) {
    if (options?.format === 'RGBA') {
      copied?.close();
      copied = this.clone();
    }
    return Reflect.apply(copyTo, this, [to, options]);
  };
  const { putImageData } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.putImageData = function (
    this: CanvasRenderingContext2D,
    ...args: unknown[]
  ) {
    if (copied) {
      drawn.get(this.canvas)?.frame?.close();
      drawn.set(this.canvas, { frame: copied });
      copied = null;
    }
    Reflect.apply(putImageData, this, args);
  } as typeof putImageData;
}

/** Samples a canvas or video element once per animation frame, after the page has drawn. */
export class FrameObserver {
  readonly sightings: Sighting[] = [];
  unreadable = 0;
  readonly #find: () => Element | null;
  readonly #epochMs: () => number;
  readonly #small: OffscreenCanvasRenderingContext2D;
  readonly #afterFrame = new MessageChannel();

  constructor(find: () => Element | null, epochMs: () => number) {
    this.#find = find;
    this.#epochMs = epochMs;
    const small = new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d', { willReadFrequently: true });
    if (!small) throw new Error('this browser has no 2d context');
    small.imageSmoothingEnabled = false;
    this.#small = small;
    hookDrawImage();
    this.#afterFrame.port1.onmessage = () => {
      // Sampling fails if the video ends while it is being sampled.
      this.#sample().catch(() => {
        this.unreadable += 1;
      });
    };
    this.#schedule();
  }

  #schedule(): void {
    requestAnimationFrame(() => {
      this.#afterFrame.port2.postMessage(0);
      this.#schedule();
    });
  }

  async #sample(): Promise<void> {
    const atMs = this.#epochMs();
    const element = this.#find();
    if (element instanceof HTMLCanvasElement) {
      if (element.width < 16) return;
      const last = drawn.get(element);
      if (!last) this.#record(atMs, element.height, this.#readCanvas(element));
      else if (last.frame) {
        const { frame } = last;
        last.frame = null;
        await this.#recordFrame(atMs, frame);
      }
    } else if (element instanceof HTMLVideoElement) {
      if (element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      await this.#recordFrame(atMs, new VideoFrame(element));
    }
  }

  /** Records a frame and closes it. */
  async #recordFrame(atMs: number, frame: VideoFrame): Promise<void> {
    try {
      const height = frame.displayHeight;
      this.#record(atMs, height, await readFrame(frame));
    } finally {
      frame.close();
    }
  }

  #record(atMs: number, height: number, pixels: Pixels): void {
    const code = readPatternCode(pixels);
    if (code === null) this.unreadable += 1;
    else if (code !== this.sightings.at(-1)?.code) this.sightings.push({ atMs, code, height });
  }

  #readCanvas(canvas: HTMLCanvasElement): Pixels {
    const from = Math.floor(TOP * canvas.height);
    const lines = Math.ceil((BOTTOM - TOP) * canvas.height);
    const at = Math.floor(TOP * HEIGHT);
    this.#small.drawImage(
      ...([canvas, 0, from, canvas.width, lines] as const),
      ...([0, at, WIDTH, Math.ceil((BOTTOM - TOP) * HEIGHT)] as const),
    );
    return this.#small.getImageData(0, 0, WIDTH, HEIGHT);
  }
}

/**
 * Reads only the part of a frame that shows the code, because converting the whole frame to RGB is slow.
 *
 * @throws Error if the frame's pixel format is unsupported
 */
export async function readFrame(frame: VideoFrame): Promise<Pixels> {
  const visible = frame.visibleRect;
  const format = /^(I420|NV12|(?:RGB|BGR)[AX])/.exec(frame.format ?? '')?.[1];
  if (!visible || !format) throw new Error(`cannot read frames with the pixel format ${frame.format}`);
  // Reads luma, or green in RGB, because the code is black and white.
  const { step, skip } = /^[RB]/.test(format) ? { step: 4, skip: 1 } : { step: 1, skip: 0 };
  const from = 2 * Math.floor((TOP * visible.height) / 2);
  const lines = 2 * Math.floor(((BOTTOM - TOP) * visible.height) / 2);
  const width = 2 * Math.floor(visible.width / 2);
  const rect = { x: visible.x, y: visible.y + from, width, height: lines };
  const bytes = new Uint8Array(frame.allocationSize({ rect }));
  const [plane] = await frame.copyTo(bytes, { rect });
  const data = new Uint8Array(WIDTH * HEIGHT * 4).fill(128);
  for (let y = Math.floor(TOP * HEIGHT); y < Math.ceil(BOTTOM * HEIGHT); y += 1) {
    const line = Math.floor(((y + 0.5) / HEIGHT) * visible.height) - from;
    if (line < 0 || line >= lines) continue;
    const start = (plane?.offset ?? 0) + line * (plane?.stride ?? width * step) + skip;
    for (let x = 0; x < WIDTH; x += 1) {
      const value = bytes[start + step * Math.floor(((x + 0.5) / WIDTH) * width)] ?? 0;
      data.fill(value, (y * WIDTH + x) * 4, (y * WIDTH + x) * 4 + 3);
    }
  }
  return { data, width: WIDTH, height: HEIGHT };
}
