/**
 * One clock for picture and sound: microseconds since the page was opened (performance.now()). Sources stamp their
 * data by clocks of their own, with origins of their own.
 */

/** How far a source's clock may be off from arrival before it counts as having jumped, in microseconds. */
const JUMP_US = 500_000;

/**
 * Maps a source's timestamps to the media clock. The offset is the smallest delay between stamp and arrival seen so
 * far, since any one delivery may be late but none can be early. Results always increase.
 */
export class MediaClock {
  #offsetUs: number | undefined;
  #lastUs = -1;

  /**
   * @param sourceUs the source's stamp
   * @param arrivalUs when the data arrived, on the media clock
   * @param spanUs how long the data lasts: its end arrives, its begin is stamped
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

/** The media clock now, in microseconds. */
export function nowUs(): number {
  return performance.now() * 1000;
}

/** Mean deviation from which sound is put right in one step, in microseconds: below what one hears as out of sync. */
const STEP_US = 20_000;
/** A single deviation that is a gap, not jitter, in microseconds. */
const GAP_US = 200_000;
/** Weight of each chunk in the mean deviation: at 100 chunks a second it settles in half a second. */
const MEAN_WEIGHT = 0.02;

/**
 * Stamps chunks of sound so that they follow each other without a seam, although each arrives with jitter. A gap, or
 * the drift of a sound card's clock, moves the timeline on in one step; it never goes back, since readers take that
 * for a new beginning. Sound that runs ahead loses a chunk instead.
 */
export class SoundTimeline {
  #nextUs: number | undefined;
  #meanUs = 0;

  /**
   * The start of a chunk of `frames` samples that begins at about `startUs`, in microseconds, and whether there is a
   * gap before it. Null for a chunk to leave out.
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
