/** How the publisher wants its picture turned, from the catalog. */
export interface Presentation {
  /** Clockwise, in degrees. */
  rotation?: number | undefined;
  /** Mirrored. */
  flip?: boolean | undefined;
}

/** Draws frames into a canvas as they are shown, without waiting for an animation frame: the next one shows it. */
export class Painter {
  #context: CanvasRenderingContext2D | null = null;
  #canvas: HTMLCanvasElement | undefined;

  /** Draws into this canvas from now on. */
  set canvas(canvas: HTMLCanvasElement | undefined) {
    if (canvas === this.#canvas) return;
    this.#canvas = canvas;
    this.#context = canvas?.getContext('2d', { alpha: false }) ?? null;
  }

  paint(frame: VideoFrame, { rotation = 0, flip = false }: Presentation): void {
    const context = this.#context;
    if (!context) return;
    const turns = ((Math.round(rotation / 90) % 4) + 4) % 4;
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

  /** No picture any more. */
  clear(): void {
    const context = this.#context;
    if (!context) return;
    context.resetTransform();
    context.fillStyle = '#000';
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  }
}
