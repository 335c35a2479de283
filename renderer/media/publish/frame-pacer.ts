/** How much too early a frame may come, as a share of the interval: sources are not even. */
const SLACK = 0.25;
const SECOND_US = 1_000_000;

/** Picks, out of a source's frames, those for a rendition that has fewer a second. */
export class FramePacer {
  #dueUs = Number.NEGATIVE_INFINITY;

  /**
   * Whether the frame is wanted. A frame that `must` be had is wanted in any case.
   *
   * @param timestampUs media time
   * @param frameRate wanted a second
   * @param sourceFrameRate given a second: where it is no more, every frame is wanted, however uneven they come
   */
  takes(timestampUs: number, frameRate: number, sourceFrameRate: number, must: boolean): boolean {
    if (frameRate >= sourceFrameRate) return true;
    const intervalUs = SECOND_US / frameRate;
    if (!must && timestampUs < this.#dueUs - SLACK * intervalUs) return false;
    // One that comes late does not make the next come early, nor does one taken out of turn.
    const onTime = !must && timestampUs - this.#dueUs < intervalUs;
    this.#dueUs = (onTime ? this.#dueUs : timestampUs) + intervalUs;
    return true;
  }
}
