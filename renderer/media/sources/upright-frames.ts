/** A frame's orientation; the DOM's types lack it, and so do older versions of Chromium. */
interface OrientedFrame {
  /** Clockwise rotation that the viewer must apply, in degrees. */
  readonly rotation?: number;
  /** Whether the viewer must mirror the rotated frame. */
  readonly flip?: boolean;
}

/**
 * Turns frames upright. Phones record portrait video as landscape frames with a rotation, which encoders ignore; they
 * also fail if the rotation changes from one frame to the next.
 */
export class UprightFrames {
  #context: OffscreenCanvasRenderingContext2D | null = null;

  /**
   * Returns a frame with the same picture and timestamp that needs no rotation: the given one if it is upright already,
   * otherwise a new one, which the caller must close.
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
    // The canvas is read back for each frame, so it is kept in main memory.
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
  // Versions without `rotation` show it only by the swapped sides of the display size.
  const { visibleRect, displayWidth, displayHeight } = frame;
  return !visibleRect || visibleRect.width > visibleRect.height === displayWidth > displayHeight;
}
