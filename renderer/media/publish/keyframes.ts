/** Readers can begin at a keyframe only, so this bounds how long one that lost data stays without picture. */
const EVERY_US = 2_000_000;
/** Keyframes cost several times what other frames do: however many readers come, they are forced no oftener. */
const FORCED_GAP_US = 300_000;

/**
 * Says which frames begin a group, for all renditions of a picture alike: their groups then begin at the same
 * timestamps. Times are microseconds of media time.
 */
export class KeyframeClock {
  #lastUs = Number.NEGATIVE_INFINITY;
  #wanted = false;

  /** Whether somebody waits for a keyframe. */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** A reader came to a rendition that is being encoded. It gets a keyframe as soon as the last one is old enough. */
  request(): void {
    this.#wanted = true;
  }

  /**
   * A rendition starts, which begins with a keyframe of its own. The others join in, unless they have just had one;
   * they are all in step again with the next.
   */
  starting(nowUs: number): void {
    if (nowUs - this.#lastUs >= FORCED_GAP_US) this.#wanted = true;
  }

  /** Whether the frame of this time is a keyframe. Asked once for each frame that is encoded. */
  due(timestampUs: number): boolean {
    const sinceUs = timestampUs - this.#lastUs;
    if (sinceUs < (this.#wanted ? FORCED_GAP_US : EVERY_US)) return false;
    this.#wanted = false;
    this.#lastUs = timestampUs;
    return true;
  }
}
