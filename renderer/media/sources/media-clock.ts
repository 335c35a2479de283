/**
 * Media time is the number of microseconds since the page was opened (performance.now()), for video and
 * audio. The timestamps of all sources are converted to it.
 */

/**
 * If data is this much later than the fastest data so far, in microseconds, the source's clock has jumped.
 */
const JUMP_US = 500_000;

/**
 * Converts a source's timestamps to media time, which always increases. The offset is the smallest difference
 * between arrival time and timestamp so far, because data can be late but never early.
 */
export class MediaClock {
  #offsetUs: number | undefined;
  #lastUs = -1;

  /**
   * Converts a timestamp to media time in microseconds.
   *
   * @param sourceUs the source's timestamp
   * @param arrivalUs media time of the arrival
   * @param spanUs duration of the data: the timestamp marks its start, but the data arrives at its end
   */
  map(sourceUs: number, arrivalUs: number, spanUs = 0): number {
    const offsetUs = arrivalUs - spanUs - sourceUs;
    if (this.#offsetUs === undefined || offsetUs < this.#offsetUs || offsetUs - this.#offsetUs > JUMP_US) {
      this.#offsetUs = offsetUs;
    }
    this.#lastUs = Math.max(this.#lastUs + 1, Math.round(sourceUs + this.#offsetUs), 0);
    return this.#lastUs;
  }
}

/** The current media time, in microseconds. */
export function nowUs(): number {
  return performance.now() * 1000;
}

/**
 * Mean deviation above which the timeline is corrected in one step, in microseconds. Viewers do not notice
 * such a small offset between audio and video.
 */
const STEP_US = 20_000;
/**
 * Largest deviation of a single chunk that counts as jitter, in microseconds. A larger deviation means that
 * audio is missing.
 */
const GAP_US = 200_000;
/**
 * Weight of one chunk in the mean deviation. At 100 chunks per second, the mean settles within half a second.
 */
const MEAN_WEIGHT = 0.02;

/**
 * Assigns seamless timestamps to audio chunks that arrive with jitter. A gap or a drift of the sound card's
 * clock moves the timeline forward in one step. If the timeline gets ahead of the audio, a chunk is dropped,
 * because readers would treat a step back as a restart.
 */
export class AudioTimeline {
  #nextUs: number | undefined;
  #meanUs = 0;

  /**
   * Returns the start of a chunk in microseconds of media time, and whether a gap precedes it; null if the
   * caller must drop the chunk.
   * @param startUs approximate start, in microseconds of media time
   * @param frames number of samples per channel
   */
  stamp(startUs: number, frames: number, sampleRateHz: number): { us: number; gap: boolean } | null {
    const spanUs = (frames * 1_000_000) / sampleRateHz;
    const expectedUs = this.#nextUs ?? startUs;
    const errorUs = startUs - expectedUs;
    this.#meanUs += (errorUs - this.#meanUs) * MEAN_WEIGHT;
    if (this.#meanUs < -STEP_US) {
      this.#meanUs += spanUs;
      return null;
    }
    const stepUs = errorUs > GAP_US ? errorUs : this.#meanUs > STEP_US ? this.#meanUs : 0;
    if (stepUs > 0) this.#meanUs = 0;
    const us = expectedUs + stepUs;
    this.#nextUs = us + spanUs;
    return { us: Math.max(0, Math.round(us)), gap: stepUs > 0 };
  }
}
