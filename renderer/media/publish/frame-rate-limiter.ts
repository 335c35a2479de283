/** Fraction of the frame interval by which a frame may arrive early, to allow for source jitter. */
const EARLY_TOLERANCE = 0.25;
const SECOND_US = 1_000_000;

/** Selects evenly spaced source frames for a rendition with a lower frame rate. */
export class FrameRateLimiter {
  #dueUs = Number.NEGATIVE_INFINITY;

  /**
   * Returns whether to encode the frame.
   *
   * @param timestampUs media time
   * @param frameRate target, in frames per second
   * @param sourceFrameRate in frames per second; if it does not exceed the target, every frame is accepted
   * @param force accepts this frame regardless of its timestamp
   */
  accepts(timestampUs: number, frameRate: number, sourceFrameRate: number, force: boolean): boolean {
    if (frameRate >= sourceFrameRate) return true;
    const intervalUs = SECOND_US / frameRate;
    if (!force && timestampUs < this.#dueUs - EARLY_TOLERANCE * intervalUs) return false;
    // After a late or forced frame, wait a full interval before the next one.
    const onTime = !force && timestampUs - this.#dueUs < intervalUs;
    this.#dueUs = (onTime ? this.#dueUs : timestampUs) + intervalUs;
    return true;
  }
}
