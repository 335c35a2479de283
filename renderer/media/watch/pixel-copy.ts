/**
 * `VideoFrame` methods in browsers that can convert frames to RGBA. TypeScript's DOM types do not include the
 * `format` option.
 */
interface RgbaCopy {
  allocationSize(options: { format: 'RGBA' }): number;
  copyTo(to: Uint8ClampedArray, options: { format: 'RGBA' }): Promise<unknown>;
}

/**
 * Shows frames in a canvas by copying their pixels. Without a graphics card, copying takes a third as long as
 * drawing and does not block the page.
 */
export class PixelCopy {
  #image: ImageData | undefined;
  #busy = false;
  #failed = false;
  #next: VideoFrame | undefined;
  /** Incremented to discard the copy in progress. */
  #round = 0;

  /** Whether a copy failed. The caller must draw frames from then on. */
  get failed(): boolean {
    return this.#failed;
  }

  /**
   * Whether this browser can copy this frame as RGBA. Older browsers ignore the requested format and copy the
   * frame in its original format, which is smaller.
   */
  static supports(frame: VideoFrame): boolean {
    const { displayWidth, displayHeight, visibleRect, format } = frame;
    if (visibleRect?.width !== displayWidth || visibleRect.height !== displayHeight) return false;
    // Frames in other formats are stored on a graphics card or have an unknown layout.
    if (format !== 'I420' && format !== 'NV12') return false;
    return (
      (frame as unknown as RgbaCopy).allocationSize({ format: 'RGBA' }) === displayWidth * displayHeight * 4
    );
  }

  /**
   * Shows a frame, which the caller still owns and may close. While the previous frame is being copied, only
   * the newest frame waits.
   */
  paint(frame: VideoFrame, context: CanvasRenderingContext2D): void {
    this.#next?.close();
    this.#next = frame.clone();
    if (!this.#busy) void this.#run(context, this.#round);
  }

  /** Discards the frames that have not been shown yet. */
  stop(): void {
    this.#round += 1;
    this.#busy = false;
    this.#next?.close();
    this.#next = undefined;
    this.#image = undefined;
  }

  async #run(context: CanvasRenderingContext2D, round: number): Promise<void> {
    this.#busy = true;
    while (this.#next && round === this.#round) {
      const frame = this.#next;
      this.#next = undefined;
      try {
        const image = this.#imageFor(frame);
        await (frame as unknown as RgbaCopy).copyTo(image.data, { format: 'RGBA' });
        if (round === this.#round) putImage(context, image);
      } catch {
        // After a failed copy, the painter draws all frames.
        this.#failed = true;
      } finally {
        frame.close();
      }
    }
    if (round === this.#round) this.#busy = false;
  }

  #imageFor({ displayWidth, displayHeight }: VideoFrame): ImageData {
    if (this.#image?.width !== displayWidth || this.#image.height !== displayHeight) {
      this.#image = new ImageData(displayWidth, displayHeight);
    }
    return this.#image;
  }
}

function putImage(context: CanvasRenderingContext2D, image: ImageData): void {
  const { canvas } = context;
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  context.putImageData(image, 0, 0);
}
