/**
 * A frame's orientation. TypeScript's DOM types do not include these properties, and older versions of
 * Chromium do not support them.
 */
interface OrientedFrame {
  /** Clockwise rotation that the viewer must apply, in degrees. */
  readonly rotation?: number;
  /** Whether the viewer must mirror the rotated frame. */
  readonly flip?: boolean;
}

/**
 * Turns frames upright. Phones record portrait video as rotated landscape frames, but encoders ignore the
 * rotation and fail if it changes.
 */
export class UprightFrames {
  #context: OffscreenCanvasRenderingContext2D | null = null;

  /**
   * Returns `frame` itself if it is upright, or else a rotated copy with the same timestamp, which the caller
   * must close.
   */
  turn(frame: VideoFrame): VideoFrame {
    if (isUpright(frame)) return frame;
    const { displayWidth: width, displayHeight: height, timestamp, duration } = frame;
    const context = this.#canvas(width, height);
    // Drawing applies the rotation.
    context.drawImage(frame, 0, 0, width, height);
    return new VideoFrame(context.canvas, {
      timestamp,
      alpha: 'discard',
      ...(duration === null ? {} : { duration }),
    });
  }

  #canvas(width: number, height: number): OffscreenCanvasRenderingContext2D {
    // Frames are read back from the canvas, so it is stored in main memory.
    this.#context ??= new OffscreenCanvas(width, height).getContext('2d', {
      alpha: false,
      willReadFrequently: true,
    });
    if (!this.#context) throw new Error('this browser cannot draw');
    const { canvas } = this.#context;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    return this.#context;
  }
}

function isUpright(frame: VideoFrame): boolean {
  const { rotation, flip } = frame as VideoFrame & OrientedFrame;
  if (rotation !== undefined) return rotation === 0 && !flip;
  // Browsers that do not support `rotation` reveal a rotated frame only by swapping the width and height of
  // its display size.
  const { visibleRect, displayWidth, displayHeight } = frame;
  return !visibleRect || visibleRect.width > visibleRect.height === displayWidth > displayHeight;
}
