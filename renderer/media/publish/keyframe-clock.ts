/**
 * Interval between keyframes while none is requested, in microseconds. Readers can start only at a keyframe,
 * so a reader that lost data has no video for at most this interval.
 */
const INTERVAL_US = 2_000_000;
/**
 * Minimum gap before a requested keyframe, in microseconds. A keyframe needs several times as many bits as
 * other frames.
 */
const MIN_INTERVAL_US = 300_000;

/**
 * Decides which frames start a group, for all renditions together, so that their groups start at the same
 * timestamps. All times are media times, in microseconds.
 */
export class KeyframeClock {
  #lastUs = Number.NEGATIVE_INFINITY;
  #requested = false;

  /** Whether a request is pending. */
  get requested(): boolean {
    return this.#requested;
  }

  /** Requests a keyframe at the end of the minimum gap, for a reader that joined a running encoder. */
  request(): void {
    this.#requested = true;
  }

  /**
   * Records that an encoder is starting, which always produces a keyframe. The other renditions produce a
   * keyframe too, unless their last one is too recent; in that case, all renditions align at the next
   * keyframe.
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
