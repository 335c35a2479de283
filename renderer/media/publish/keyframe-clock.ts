/**
 * Interval between keyframes if none is requested, in microseconds. A reader that has lost data waits up to
 * this long for video, because it can start only at a keyframe.
 */
const INTERVAL_US = 2_000_000;
/**
 * Minimum time from any keyframe to a requested one, in microseconds, because keyframes need several times as
 * many bits as other frames.
 */
const MIN_INTERVAL_US = 300_000;

/**
 * Decides which frames start a new group, for all renditions together, so that their groups start at the same
 * timestamps. All times are media times, in microseconds.
 */
export class KeyframeClock {
  #lastUs = Number.NEGATIVE_INFINITY;
  #requested = false;

  /** Whether a keyframe request is pending. */
  get requested(): boolean {
    return this.#requested;
  }

  /**
   * Requests a keyframe for a reader that joined a running encoder. The keyframe is produced as soon as the
   * minimum time since the previous one has passed.
   */
  request(): void {
    this.#requested = true;
  }

  /**
   * Records that an encoder is starting. Its first frame is always a keyframe, so this requests one for all
   * renditions. If the last one is too recent, all renditions align at the next regular keyframe.
   */
  renditionStarting(nowUs: number): void {
    if (nowUs - this.#lastUs >= MIN_INTERVAL_US) this.#requested = true;
  }

  /** Whether the frame with this timestamp must be a keyframe. Call this once for each frame that is encoded. */
  due(timestampUs: number): boolean {
    const sinceUs = timestampUs - this.#lastUs;
    if (sinceUs < (this.#requested ? MIN_INTERVAL_US : INTERVAL_US)) return false;
    this.#requested = false;
    this.#lastUs = timestampUs;
    return true;
  }
}
