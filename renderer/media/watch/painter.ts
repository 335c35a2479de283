import { PixelCopy } from './pixel-copy.ts';

/** How the publisher wants its picture turned, from the catalog. */
export interface Presentation {
  /** Clockwise, in degrees. */
  rotation?: number | undefined;
  /** Mirrored. */
  flip?: boolean | undefined;
}

/** So many frames tell how long drawing takes here: the first few are slower. */
const TRIED_FRAMES = 20;
/**
 * Drawing that takes longer than this, in milliseconds, is done without a graphics card (720p took 4 to 12 on such a
 * machine, and copying the pixels 1.6); with one it takes less than 1.
 */
const SLOW_MS = 2.5;

/** Draws frames into a canvas as they are shown, without waiting for an animation frame: the next one shows it. */
export class Painter {
  readonly #copy = new PixelCopy();
  #context: CanvasRenderingContext2D | null = null;
  #canvas: HTMLCanvasElement | undefined;
  #tried = 0;
  #drawnMs = 0;

  /** Draws into this canvas from now on. */
  set canvas(canvas: HTMLCanvasElement | undefined) {
    if (canvas === this.#canvas) return;
    this.#canvas = canvas;
    this.#copy.stop();
    this.#context = canvas?.getContext('2d', { alpha: false }) ?? null;
  }

  /** The frame is lent. */
  paint(frame: VideoFrame, { rotation = 0, flip = false }: Presentation): void {
    const context = this.#context;
    if (!context) return;
    const turns = ((Math.round(rotation / 90) % 4) + 4) % 4;
    if (turns === 0 && !flip && this.#slow && !this.#copy.failed && PixelCopy.can(frame)) {
      this.#copy.paint(frame, context);
      return;
    }
    this.#copy.stop();
    const startMs = performance.now();
    draw(context, frame, turns, flip);
    this.#tried += 1;
    this.#drawnMs += performance.now() - startMs;
  }

  /** No picture any more. */
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

  get #slow(): boolean {
    return this.#tried >= TRIED_FRAMES && this.#drawnMs / this.#tried > SLOW_MS;
  }
}

function draw(context: CanvasRenderingContext2D, frame: VideoFrame, turns: number, flip: boolean): void {
  const { displayWidth, displayHeight } = frame;
  const [width, height] = turns % 2 === 0 ? [displayWidth, displayHeight] : [displayHeight, displayWidth];
  const { canvas } = context;
  // Changing the size clears the canvas, and it is drawn in the same step: nobody sees it empty.
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.setTransform(1, 0, 0, 1, width / 2, height / 2);
  if (flip) context.scale(-1, 1);
  context.rotate((turns * Math.PI) / 2);
  context.drawImage(frame, -displayWidth / 2, -displayHeight / 2, displayWidth, displayHeight);
}
