/** What a browser that can turn a frame into colours takes; not in the DOM's types yet. */
interface RgbaCopy {
  allocationSize(options: { format: 'RGBA' }): number;
  copyTo(to: Uint8ClampedArray, options: { format: 'RGBA' }): Promise<unknown>;
}

/**
 * Puts frames into a canvas by way of their pixels. Without a graphics card this takes a third of the time that drawing
 * a frame takes, and the page is free meanwhile.
 */
export class PixelCopy {
  #image: ImageData | undefined;
  #busy = false;
  #failed = false;
  #next: VideoFrame | undefined;
  /** Counted up to forget what is under way. */
  #round = 0;

  /** It did not work: frames are to be drawn. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether this browser can for such a frame: older ones copy it in its own form instead, which is smaller. */
  static can(frame: VideoFrame): boolean {
    const { displayWidth, displayHeight, visibleRect, format } = frame;
    if (visibleRect?.width !== displayWidth || visibleRect.height !== displayHeight) return false;
    // Others are on a graphics card, or unknown.
    if (format !== 'I420' && format !== 'NV12') return false;
    return (
      (frame as unknown as RgbaCopy).allocationSize({ format: 'RGBA' }) === displayWidth * displayHeight * 4
    );
  }

  /** The frame is lent. Where the last one is still being copied, this one follows it, unless a newer one comes. */
  paint(frame: VideoFrame, context: CanvasRenderingContext2D): void {
    this.#next?.close();
    this.#next = frame.clone();
    if (!this.#busy) void this.#run(context, this.#round);
  }

  /** What is under way is not shown any more. */
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
        if (round === this.#round) put(context, image);
      } catch {
        // Drawing does it as well; the next frame goes that way.
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

function put(context: CanvasRenderingContext2D, image: ImageData): void {
  const { canvas } = context;
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  context.putImageData(image, 0, 0);
}
