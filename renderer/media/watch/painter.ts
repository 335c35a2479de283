import { PixelCopy } from './pixel-copy.ts';

/** Rotation and mirroring of the video, from the catalog. */
export interface Orientation {
  /** Clockwise rotation, in degrees. */
  rotation?: number | undefined;
  /** Whether the video is mirrored. */
  flip?: boolean | undefined;
}

/**
 * Number of frames to measure before their mean drawing time is used, because the first frames are drawn more
 * slowly.
 */
const MEASURED_FRAMES = 20;
/**
 * Mean drawing time that suggests software rendering, in milliseconds. Drawing a 720p frame takes 4 to 12 ms
 * in software (copying its pixels takes 1.6 ms), and less than 1 ms with a graphics card.
 */
const SLOW_MS = 2.5;

/** Draws frames into a canvas immediately. Waiting for an animation frame would not show them any sooner. */
export class Painter {
  readonly #copy = new PixelCopy();
  #context: CanvasRenderingContext2D | null = null;
  #canvas: HTMLCanvasElement | undefined;
  #measuredFrames = 0;
  #measuredMs = 0;

  /** The canvas to draw into; undefined if there is none. */
  set canvas(canvas: HTMLCanvasElement | undefined) {
    if (canvas === this.#canvas) return;
    this.#canvas = canvas;
    this.#copy.stop();
    this.#context = canvas?.getContext('2d', { alpha: false }) ?? null;
  }

  /** Draws a frame. The caller still owns it and may close it after the call. */
  paint(frame: VideoFrame, { rotation = 0, flip = false }: Orientation): void {
    const context = this.#context;
    if (!context) return;
    const turns = ((Math.round(rotation / 90) % 4) + 4) % 4;
    if (turns === 0 && !flip && this.#isSlow && !this.#copy.failed && PixelCopy.supports(frame)) {
      this.#copy.paint(frame, context);
      return;
    }
    this.#copy.stop();
    const startMs = performance.now();
    draw(context, frame, turns, flip);
    this.#measuredFrames += 1;
    this.#measuredMs += performance.now() - startMs;
  }

  /** Fills the canvas with black. */
  clear(): void {
    const context = this.#context;
    this.#copy.stop();
    if (!context) return;
    context.resetTransform();
    context.fillStyle = '#000';
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  }

  close(): void {
    this.#copy.stop();
  }

  get #isSlow(): boolean {
    return this.#measuredFrames >= MEASURED_FRAMES && this.#measuredMs / this.#measuredFrames > SLOW_MS;
  }
}

function draw(context: CanvasRenderingContext2D, frame: VideoFrame, turns: number, flip: boolean): void {
  const { displayWidth, displayHeight } = frame;
  const [width, height] = turns % 2 === 0 ? [displayWidth, displayHeight] : [displayHeight, displayWidth];
  const { canvas } = context;
  // Resizing clears the canvas. The frame is drawn in the same task, so the empty canvas is never visible.
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.setTransform(1, 0, 0, 1, width / 2, height / 2);
  if (flip) context.scale(-1, 1);
  context.rotate((turns * Math.PI) / 2);
  context.drawImage(frame, -displayWidth / 2, -displayHeight / 2, displayWidth, displayHeight);
}
